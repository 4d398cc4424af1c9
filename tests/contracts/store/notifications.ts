import { describe, expect } from 'vitest'
import type {
  NotificationEntry,
  NotificationFilter,
  NotificationRecord,
  NotificationVerdict,
} from '../../../src/application/notifications/notification-log.ts'
import { entityId, minute, outTradeNo, pendingOrder, pendingPayment } from '../../support/builders.ts'
import {
  allPages,
  type CreateStore,
  commit,
  insertDefaults,
  LOOKALIKES,
  present,
  read,
  type StoreUnderTest,
  testsOn,
} from './under-test.ts'

export const notificationContract = (create: CreateStore): void => {
  describe('notifications', () => {
    const test = testsOn(create)

    test('knows nothing of a message that was never written', async (store) => {
      expect(await read(store, ({ notifications }) => notifications.find(entityId(1)))).toBeUndefined()
      expect(await read(store, ({ notifications }) => notifications.listByOrder(entityId(1)))).toEqual([])
    })

    test('gives each kind of message back as it came, to the byte', async (store) => {
      await insertDefaults(store)
      const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte)
      const headers = { 'wechatpay-signature': 'a+/==', 'x-人': '名', 'content-type': 'application/json' }
      const made: readonly NotificationRecord[] = [
        record(1, {}),
        record(2, { kind: 'refund', verdict: 'refund_settled', raw: { headers, body: bytes } }),
        record(3, {
          kind: 'other',
          verdict: 'recorded',
          eventAt: undefined,
          raw: { headers: {}, body: new Uint8Array() },
        }),
        record(4, { provider: 'alipay', verdict: 'unknown_order', orderId: undefined, outTradeNo: '别人的号' }),
        record(5, { verdict: 'unreadable', orderId: undefined, outTradeNo: undefined }),
      ]
      for (const one of made) expect(await insert(store, one)).toBe(true)
      for (const one of made) expect(plain(present(await store.readers.notifications.find(one.id)))).toEqual(plain(one))
    })

    test('writes a known message no second time and goes on with the unit of work', async (store) => {
      await insertDefaults(store)
      const first = record(1, {})
      await insert(store, first)
      const other = pendingOrder({ id: entityId(90) })
      const inserted = await commit(store, async ({ notifications, orders }) => {
        const again = await notifications.insert(record(2, { notificationId: first.notificationId, verdict: 'late' }))
        await orders.insert(other)
        return again
      })
      expect(inserted).toBe(false)
      expect(await read(store, ({ notifications }) => notifications.find(entityId(2)))).toBeUndefined()
      expect(await store.readers.orders.find(other.id)).toBeDefined()
    })

    test('tells the numbers of two gateways apart, and numbers that only look alike', async (store) => {
      await insertDefaults(store)
      for (const [n, notificationId] of LOOKALIKES.entries())
        expect(await insert(store, record(n + 1, { notificationId }))).toBe(true)
      expect(await insert(store, record(9, { notificationId: 'A1', provider: 'alipay' }))).toBe(true)
      expect(await insert(store, record(10, { notificationId: 'A1' }))).toBe(false)
    })

    test('keeps one of many copies that come at the same time', async (store) => {
      await insertDefaults(store)
      const copies = Array.from({ length: 20 }, (_, n) => record(n + 1, { notificationId: 'one-message' }))
      const inserted = await Promise.all(copies.map((copy) => insert(store, copy)))
      expect(inserted.filter((first) => first)).toHaveLength(1)
    })

    test('shows a message without its content', async (store) => {
      await insertDefaults(store)
      const { raw: _, ...entry } = record(1, {})
      await insert(store, record(1, {}))
      expect(await read(store, ({ notifications }) => notifications.findEntry(entityId(1)))).toEqual(entry)
      expect(await read(store, ({ notifications }) => notifications.findEntry(entityId(2)))).toBeUndefined()
    })

    test('lists newest first and filters, page by page', async (store) => {
      await insertDefaults(store)
      const other = { orderId: undefined, outTradeNo: 'other' }
      await insert(store, record(1, { receivedAt: minute(1) }))
      await insert(store, record(2, { receivedAt: minute(1), provider: 'alipay', ...other }))
      await insert(store, record(3, { receivedAt: minute(2), verdict: 'unreadable', kind: 'other', ...other }))
      await insert(
        store,
        record(4, { receivedAt: minute(2), verdict: 'unreadable', provider: 'alipay', kind: 'refund' }),
      )
      const list = async (filter: Partial<NotificationFilter>, limit: number) =>
        (await allPages(limit, (page) => store.readers.notifications.list({ ...ALWAYS, ...filter }, page))).map(
          ({ id }) => id,
        )
      const { orderId } = pendingPayment()
      for (const limit of [1, 2, 9]) {
        expect(await list({}, limit)).toEqual([4, 3, 2, 1].map(entityId))
        expect(await list({ provider: 'alipay' }, limit)).toEqual([4, 2].map(entityId))
        expect(await list({ verdict: 'unreadable' }, limit)).toEqual([4, 3].map(entityId))
        expect(await list({ verdict: 'unreadable', provider: 'wechat' }, limit)).toEqual([entityId(3)])
        expect(await list({ kind: 'refund' }, limit)).toEqual([entityId(4)])
        expect(await list({ orderId }, limit)).toEqual([4, 1].map(entityId))
        expect(await list({ orderId, verdict: 'settled' }, limit)).toEqual([entityId(1)])
        expect(await list({ outTradeNo: 'other', kind: 'payment' }, limit)).toEqual([entityId(2)])
        expect(await list({ from: minute(1), to: minute(2) }, limit)).toEqual([2, 1].map(entityId))
      }
    })

    test('counts by provider and verdict within a time', async (store) => {
      await insertDefaults(store)
      for (const [n, verdict] of (['settled', 'settled', 'late', 'settled'] as const).entries())
        await insert(store, record(n, { receivedAt: minute(n), verdict, provider: n < 3 ? 'wechat' : 'alipay' }))
      await insert(store, record(9, { receivedAt: minute(3 * 24 * 60) }))
      const count = async (from: Date, to: Date) => {
        const sums: Record<string, number> = {}
        for (const one of await read(store, ({ notifications }) => notifications.count({ from, to }))) {
          const name = `${one.provider} ${one.verdict}`
          sums[name] = (sums[name] ?? 0) + one.count
        }
        return sums
      }
      expect(await count(minute(-9), minute(5 * 24 * 60))).toEqual({
        'wechat settled': 3,
        'wechat late': 1,
        'alipay settled': 1,
      })
      expect(await count(minute(1), minute(3))).toEqual({ 'wechat settled': 1, 'wechat late': 1 })
      expect(await count(minute(9), minute(10))).toEqual({})
      expect(await count(minute(10), minute(9))).toEqual({})
    })

    test('lists what failed, first what was tried again least often, then the oldest', async (store) => {
      await insertDefaults(store)
      const failed: readonly [number, NotificationVerdict, number][] = [
        [1, 'unreadable', 1],
        [2, 'settled', 0],
        [3, 'unknown_order', 0],
        [4, 'recorded', 0],
        [5, 'foreign_identity', 0],
        [6, 'amount_mismatch', 2],
      ]
      for (const [n, verdict, retries] of failed.toReversed())
        await insert(store, record(n, { verdict, retries, receivedAt: minute(n) }))
      const list = (limit: number) => read(store, ({ notifications }) => notifications.listFailed(limit))
      expect(await list(9)).toEqual([3, 5, 1, 6].map(entityId))
      expect(await list(2)).toEqual([3, 5].map(entityId))
    })

    test('writes what a retry found, unless another one was faster', async (store) => {
      await insertDefaults(store)
      const made = record(1, { verdict: 'unreadable', kind: 'other', orderId: undefined, outTradeNo: undefined })
      await insert(store, made)
      const before = present(await store.readers.notifications.findEntry(made.id))
      const after: NotificationEntry = {
        ...before,
        kind: 'payment',
        verdict: 'settled',
        orderId: pendingPayment().orderId,
        outTradeNo: outTradeNo(1),
        eventAt: minute(5),
        retries: 1,
      }
      const replace = () => commit(store, ({ notifications }) => notifications.replace(before, after))
      expect((await Promise.all([replace(), replace(), replace()])).toSorted()).toEqual([false, false, true])
      expect(await read(store, ({ notifications }) => notifications.findEntry(made.id))).toEqual(after)
      expect(plain(present(await store.readers.notifications.find(made.id)))).toEqual(
        plain({ ...after, raw: made.raw }),
      )
    })

    test('lists the messages of an order, oldest first', async (store) => {
      await insertDefaults(store)
      for (const n of [3, 1, 2]) await insert(store, record(n, { receivedAt: minute(n) }))
      await insert(store, record(4, { orderId: undefined }))
      const listed = await read(store, ({ notifications }) => notifications.listByOrder(pendingPayment().orderId))
      expect(listed.map(({ id }) => id)).toEqual([entityId(1), entityId(2), entityId(3)])
    })
  })
}

const ALWAYS = { from: undefined, to: undefined }

const record = (n: number, given: Partial<NotificationRecord>): NotificationRecord => ({
  id: entityId(n),
  provider: 'wechat',
  kind: 'payment',
  notificationId: `message-${n}`,
  outTradeNo: outTradeNo(1),
  orderId: pendingPayment().orderId,
  verdict: 'settled',
  raw: { headers: { 'wechatpay-nonce': 'n' }, body: Buffer.from('{"id":"信息"}') },
  eventAt: minute(5),
  receivedAt: minute(6),
  retries: 0,
  ...given,
})

/** A store may answer with any kind of byte array. */
const plain = (one: NotificationRecord) => ({ ...one, raw: { ...one.raw, body: [...one.raw.body] } })

const insert = (store: StoreUnderTest, one: NotificationRecord): Promise<boolean> =>
  commit(store, ({ notifications }) => notifications.insert(one))
