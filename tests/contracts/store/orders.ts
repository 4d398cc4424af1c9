import * as fc from 'fast-check'
import { describe, expect } from 'vitest'
import type { OrderFilter } from '../../../src/application/orders/order-repository.ts'
import { fen, MAX_AMOUNT_FEN } from '../../../src/domain/money.ts'
import { anyOrderItems } from '../../support/arbitraries.ts'
import {
  cancelledOrder,
  entityId,
  expiredOrder,
  minute,
  orderItem,
  paidOrder,
  partiallyRefundedOrder,
  pendingOrder,
  refundedOrder,
} from '../../support/builders.ts'
import {
  allPages,
  type CreateStore,
  commit,
  insertOrder,
  LOOKALIKES,
  present,
  read,
  type StoreUnderTest,
  TEXTS,
  testsOn,
  valuesOf,
} from './under-test.ts'

export const orderContract = (create: CreateStore): void => {
  describe('orders', () => {
    const test = testsOn(create)
    const states = [
      pendingOrder(),
      cancelledOrder(),
      expiredOrder(),
      paidOrder(),
      partiallyRefundedOrder(),
      refundedOrder(),
    ]

    test('knows nothing of an order that was never written', async (store) => {
      expect(await read(store, ({ orders }) => orders.find(entityId(1)))).toBeUndefined()
      expect(await read(store, ({ orders }) => orders.list(everything, { limit: 5, after: undefined }))).toEqual({
        items: [],
        next: undefined,
      })
    })

    test('tells the versions of many orders, and nothing of those it has not', async (store) => {
      const ids = Array.from({ length: 501 }, (_, n) => entityId(n + 1))
      for (const n of [0, 1, 500]) await insertOrder(store, pendingOrder({ id: present(ids[n]) }))
      const before = present(await read(store, ({ orders }) => orders.find(entityId(2))))
      await commit(store, ({ orders }) => orders.replace(before, cancelledOrder({ id: entityId(2) }), minute(9)))
      const versions = await read(store, ({ orders }) => orders.versions(ids))
      expect(new Map(versions)).toEqual(
        new Map([
          [entityId(1), before.version],
          [entityId(2), before.version + 1],
          [entityId(501), before.version],
        ]),
      )
      expect((await read(store, ({ orders }) => orders.versions([]))).size).toBe(0)
    })

    for (const order of states) {
      test(`gives a ${order.status} order back as it was inserted`, async (store) => {
        await insertOrder(store, order)
        const found = present(await read(store, ({ orders }) => orders.find(order.id)))
        expect(found.value).toEqual(order)
        expect(found.updatedAt).toEqual(order.createdAt)
      })

      test(`replaces a pending order by a ${order.status} one`, async (store) => {
        await insertOrder(store, pendingOrder())
        const before = present(await store.readers.orders.find(order.id))
        expect(await commit(store, ({ orders }) => orders.replace(before, order, minute(7)))).toBe(true)
        const after = present(await read(store, ({ orders }) => orders.find(order.id)))
        expect(after.value).toEqual(order)
        expect(after.version).toBeGreaterThan(before.version)
        expect(after.updatedAt).toEqual(minute(7))
      })
    }

    test('keeps any lines in their order, and any amount to the fen', async (store) => {
      let made = 0
      await fc.assert(
        fc.asyncProperty(anyOrderItems, async (items) => {
          made += 1
          const order = await insertOrder(store, pendingOrder({ id: entityId(made), items }))
          expect(present(await store.readers.orders.find(order.id)).value).toEqual(order)
        }),
        { numRuns: 25 },
      )
      const largest = await insertOrder(store, pendingOrder({ id: entityId(1000), amount: fen(MAX_AMOUNT_FEN) }))
      expect(present(await read(store, ({ orders }) => orders.find(largest.id))).value).toEqual(largest)
    })

    test('keeps texts of any script as they are', async (store) => {
      const order = await insertOrder(store, pendingOrder({ items: TEXTS.map((name) => orderItem({ name })) }))
      expect(present(await read(store, ({ orders }) => orders.find(order.id))).value).toEqual(order)
    })

    test('keeps milliseconds', async (store) => {
      const createdAt = new Date(minute(0).getTime() + 1)
      const expiresAt = new Date(minute(30).getTime() + 999)
      const order = await insertOrder(store, pendingOrder({ createdAt, expiresAt }))
      expect(present(await store.readers.orders.find(order.id)).value).toEqual(order)
    })

    test('refuses an id that is taken and keeps the first order', async (store) => {
      const first = await insertOrder(store, pendingOrder({ userId: 'first' }))
      await expect(insertOrder(store, pendingOrder({ userId: 'second' }))).rejects.toThrow()
      expect(present(await read(store, ({ orders }) => orders.find(first.id))).value).toEqual(first)
    })

    test('lets one of two writers win who read the same version', async (store) => {
      const { id } = await insertOrder(store, pendingOrder())
      const before = present(await store.readers.orders.find(id))
      const won = await commit(store, ({ orders }) => orders.replace(before, paidOrder(), minute(6)))
      const lost = await commit(store, ({ orders }) => orders.replace(before, cancelledOrder(), minute(7)))
      expect([won, lost]).toEqual([true, false])
      expect(present(await read(store, ({ orders }) => orders.find(id)))).toMatchObject({
        value: paidOrder(),
        updatedAt: minute(6),
      })
    })

    test('goes on with the unit of work after a lost write', async (store) => {
      const { id } = await insertOrder(store, pendingOrder())
      const before = present(await store.readers.orders.find(id))
      const other = pendingOrder({ id: entityId(1) })
      await commit(store, ({ orders }) => orders.replace(before, paidOrder(), minute(6)))
      await commit(store, async ({ orders }) => {
        expect(await orders.replace(before, cancelledOrder(), minute(7))).toBe(false)
        await orders.insert(other)
      })
      expect(present(await store.readers.orders.find(other.id)).value).toEqual(other)
    })

    test('replaces nothing where the order does not exist', async (store) => {
      const ghost = { value: pendingOrder(), version: 1, updatedAt: minute(0) }
      expect(await commit(store, ({ orders }) => orders.replace(ghost, paidOrder(), minute(6)))).toBe(false)
      expect(await read(store, ({ orders }) => orders.find(ghost.value.id))).toBeUndefined()
    })

    test('lists newest first, page by page, also where many have one time', async (store) => {
      const expected = await insertMany(store)
      for (const limit of [1, 2, 3, 7, 8, 100])
        expect(valuesOf(await allPages(limit, (page) => store.readers.orders.list(everything, page)))).toEqual(expected)
      expect(await read(store, ({ orders }) => orders.list(everything, { limit: 3, after: undefined }))).toMatchObject({
        items: expected.slice(0, 3).map((value) => ({ value })),
        next: { id: expected[2]?.id },
      })
    })

    test('filters by user, status and time, on each page', async (store) => {
      const all = await insertMany(store)
      const ids = async (filter: Partial<OrderFilter>, limit: number): Promise<readonly string[]> =>
        valuesOf(await allPages(limit, (page) => store.readers.orders.list({ ...everything, ...filter }, page))).map(
          ({ id }) => id,
        )
      const expected = (test: (order: (typeof all)[number]) => boolean) => all.filter(test).map(({ id }) => id)
      for (const limit of [1, 2, 50]) {
        expect(await ids({ userId: 'user-2' }, limit)).toEqual(expected(({ userId }) => userId === 'user-2'))
        expect(await ids({ status: 'cancelled' }, limit)).toEqual(expected(({ status }) => status === 'cancelled'))
        expect(await ids({ from: minute(1) }, limit)).toEqual(expected(({ createdAt }) => createdAt >= minute(1)))
        expect(await ids({ to: minute(1) }, limit)).toEqual(expected(({ createdAt }) => createdAt < minute(1)))
        expect(await ids({ from: minute(1), to: minute(2), userId: 'user-1', status: 'pending' }, limit)).toEqual(
          expected((o) => +o.createdAt === +minute(1) && o.userId === 'user-1' && o.status === 'pending'),
        )
        expect(await ids({ from: minute(1), to: minute(1) }, limit)).toEqual([])
      }
    })

    test('tells user ids apart that only look alike', async (store) => {
      for (const [index, userId] of LOOKALIKES.entries())
        await insertOrder(store, pendingOrder({ id: entityId(index + 1), userId }))
      for (const userId of LOOKALIKES) {
        const { items } = await read(store, ({ orders }) =>
          orders.list({ ...everything, userId }, { limit: 9, after: undefined }),
        )
        expect(items.map(({ value }) => value.userId)).toEqual([userId])
      }
    })
  })
}

const everything = { from: undefined, to: undefined }

/** Eight orders over three instants, two users and two states, given newest first. */
const insertMany = async (store: StoreUnderTest) => {
  const made = [5, 2, 7, 1, 8, 3, 6, 4].map((n) => {
    const facts = { id: entityId(n), userId: n % 2 === 0 ? 'user-2' : 'user-1', createdAt: minute(Math.floor(n / 3)) }
    return n % 3 === 0 ? cancelledOrder(facts) : pendingOrder(facts)
  })
  for (const order of made) await insertOrder(store, order)
  return made.toSorted((a, b) => +b.createdAt - +a.createdAt || (a.id < b.id ? 1 : -1))
}
