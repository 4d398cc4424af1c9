import { describe, expect } from 'vitest'
import type { NotificationRecord } from '../../../src/application/notifications/notification-log.ts'
import { entityId, minute, outTradeNo, pendingOrder, pendingPayment } from '../../support/builders.ts'
import {
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

    test('lists the messages of an order, oldest first', async (store) => {
      await insertDefaults(store)
      for (const n of [3, 1, 2]) await insert(store, record(n, { receivedAt: minute(n) }))
      await insert(store, record(4, { orderId: undefined }))
      const listed = await read(store, ({ notifications }) => notifications.listByOrder(pendingPayment().orderId))
      expect(listed.map(({ id }) => id)).toEqual([entityId(1), entityId(2), entityId(3)])
    })
  })
}

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
  ...given,
})

/** A store may answer with any kind of byte array. */
const plain = (one: NotificationRecord) => ({ ...one, raw: { ...one.raw, body: [...one.raw.body] } })

const insert = (store: StoreUnderTest, one: NotificationRecord): Promise<boolean> =>
  commit(store, ({ notifications }) => notifications.insert(one))
