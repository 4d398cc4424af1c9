import { err, ok } from 'neverthrow'
import { describe, expect } from 'vitest'
import { WRITE_CONFLICT } from '../../../src/application/transaction.ts'
import type { Stock, StockEntry, StockReservation } from '../../../src/domain/stock.ts'
import { entityId, minute, pendingOrder, reservation, stock } from '../../support/builders.ts'
import {
  allPages,
  type CreateStore,
  commit,
  insertOrder,
  LOOKALIKES,
  read,
  type StoreUnderTest,
  testsOn,
} from './under-test.ts'

export const stockContract = (create: CreateStore): void => {
  describe('stock', () => {
    const test = testsOn(create)

    test('has nothing of a sku nobody has put in, at version zero', async (store) => {
      expect(await read(store, ({ stock }) => stock.find('TSHIRT-M'))).toMatchObject({
        value: { sku: 'TSHIRT-M', onHand: 0, reserved: 0 },
        version: 0,
      })
      expect(await read(store, ({ stock }) => stock.list(9, undefined))).toEqual([])
      expect(await read(store, ({ stock }) => stock.reservationsOf(entityId(1)))).toEqual([])
    })

    test('puts in the first and replaces the later', async (store) => {
      for (const [n, after] of [
        stock({ onHand: 10 }),
        stock({ onHand: 10, reserved: 10 }),
        stock({ onHand: 0 }),
      ].entries()) {
        const before = await store.readers.stock.find(after.sku)
        expect(await commit(store, ({ stock }) => stock.replace(before, after, minute(n)))).toBe(true)
        const found = await read(store, ({ stock }) => stock.find(after.sku))
        expect(found).toMatchObject({ value: after, updatedAt: minute(n) })
        expect(found.version).toBeGreaterThan(before.version)
      }
    })

    test('lets one of two writers win who read the same version, the first time too', async (store) => {
      for (const onHand of [5, 6]) {
        const before = await store.readers.stock.find('TSHIRT-M')
        const write = (after: Stock) => commit(store, ({ stock }) => stock.replace(before, after, minute(1)))
        expect([await write(stock({ onHand })), await write(stock({ onHand: 99 }))]).toEqual([true, false])
        expect((await read(store, ({ stock }) => stock.find('TSHIRT-M'))).value).toEqual(stock({ onHand }))
      }
    })

    test('tells skus apart that only look alike', async (store) => {
      for (const [onHand, sku] of LOOKALIKES.entries()) await put(store, { sku, onHand, reserved: 0 })
      for (const [onHand, sku] of LOOKALIKES.entries())
        expect((await read(store, ({ stock }) => stock.find(sku))).value).toEqual({ sku, onHand, reserved: 0 })
      expect(await read(store, ({ stock }) => stock.list(9, undefined))).toHaveLength(LOOKALIKES.length)
    })

    test('gives away the last pieces once when fifty take one at the same time', async (store) => {
      await put(store, stock({ onHand: 20 }))
      const taken = await Promise.all(Array.from({ length: 50 }, () => takeOne(store)))
      expect(taken.filter((each) => each)).toHaveLength(20)
      expect((await read(store, ({ stock }) => stock.find('TSHIRT-M'))).value).toEqual(
        stock({ onHand: 20, reserved: 20 }),
      )
    })

    test('keeps the reservations of an order, one for each sku', async (store) => {
      const made = [reservation(), reservation({ sku: '马克杯', quantity: 999 })]
      await reserve(store, ...made)
      await reserve(store, reservation({ orderId: entityId(2) }))
      const kept = await read(store, ({ stock }) => stock.reservationsOf(reservation().orderId))
      expect(kept).toHaveLength(2)
      expect(kept).toEqual(expect.arrayContaining(made))
      await expect(reserve(store, reservation({ quantity: 1 }))).rejects.toThrow()
    })

    test('moves a reservation on only from the status it was read with', async (store) => {
      await reserve(store, reservation(), reservation({ sku: '马克杯' }))
      const move = (from: StockReservation['status'], to: StockReservation['status']) =>
        commit(store, ({ stock }) =>
          stock.replaceReservation(reservation({ status: from }), reservation({ status: to }), minute(3)),
        )
      expect(await move('released', 'held')).toBe(false)
      expect(await move('held', 'sold')).toBe(true)
      expect(await move('held', 'released')).toBe(false)
      expect(await move('sold', 'restored')).toBe(true)
      expect(await read(store, ({ stock }) => stock.reservationsOf(reservation().orderId))).toEqual(
        expect.arrayContaining([reservation({ status: 'restored' }), reservation({ sku: '马克杯' })]),
      )
      const ghost = reservation({ orderId: entityId(9) })
      expect(await commit(store, ({ stock }) => stock.replaceReservation(ghost, ghost, minute(3)))).toBe(false)
    })

    test('lists the stock by sku, from any sku on', async (store) => {
      for (const sku of ['C', 'A', 'D', 'B']) await put(store, stock({ sku }))
      const list = async (limit: number, after: string | undefined) =>
        (await read(store, (readers) => readers.stock.list(limit, after))).map(({ sku }) => sku)
      expect(await list(9, undefined)).toEqual(['A', 'B', 'C', 'D'])
      expect(await list(2, undefined)).toEqual(['A', 'B'])
      expect(await list(2, 'B')).toEqual(['C', 'D'])
      expect(await list(2, 'AA')).toEqual(['B', 'C'])
      expect(await list(2, 'D')).toEqual([])
    })

    test('lists the ledger of a sku newest first, page by page', async (store) => {
      await insertOrder(store, pendingOrder())
      const { id: orderId } = pendingOrder()
      const lines = [
        line(1, { createdAt: minute(1) }),
        line(2, { createdAt: minute(1), kind: 'sale', orderId, delta: -3 }),
        line(3, { createdAt: minute(2), kind: 'restore', orderId, reason: '退款 📦' }),
      ]
      for (const one of [...lines, line(4, { sku: 'other' })]) await append(store, one)
      const sku = lines[0]?.sku ?? ''
      for (const limit of [1, 2, 3])
        expect(await allPages(limit, (page) => store.readers.stock.entries(sku, page))).toEqual(lines.toReversed())
      expect(await read(store, (readers) => readers.stock.entries('none', { limit: 9, after: undefined }))).toEqual({
        items: [],
        next: undefined,
      })
    })

    test('writes each ledger line once and goes on with the unit of work', async (store) => {
      await insertOrder(store, pendingOrder())
      const { id: orderId } = pendingOrder()
      const other = pendingOrder({ id: entityId(90) })
      await put(store, stock())
      const written = await commit(store, async ({ stock, orders }) => {
        const lines = [line(1, {}), line(2, { kind: 'sale', orderId, delta: -3 }), line(1, { delta: 7 })]
        const answers = [await stock.append(line(3, { kind: 'restore', orderId, reason: '退款 📦' }))]
        for (const one of lines) answers.push(await stock.append(one))
        await orders.insert(other)
        return answers
      })
      expect(written).toEqual([true, true, true, false])
      for (const n of [1, 2, 3]) expect(await append(store, line(n, {}))).toBe(false)
      expect(await store.readers.orders.find(other.id)).toBeDefined()
      expect(await append(store, line(4, {}))).toBe(true)
    })
  })
}

const put = (store: StoreUnderTest, after: Stock): Promise<void> =>
  commit(store, async ({ stock }) => {
    expect(await stock.replace(await stock.find(after.sku), after, minute(0))).toBe(true)
  })

const takeOne = async (store: StoreUnderTest): Promise<boolean> => {
  const result = await store.transaction.run(async ({ stock }) => {
    const before = await stock.find('TSHIRT-M')
    const { onHand, reserved } = before.value
    if (onHand === reserved) return ok(false)
    const written = await stock.replace(before, { ...before.value, reserved: reserved + 1 }, minute(2))
    return written ? ok(true) : err(WRITE_CONFLICT)
  })
  return result._unsafeUnwrap()
}

const reserve = (store: StoreUnderTest, ...made: readonly StockReservation[]): Promise<void> =>
  commit(store, async ({ orders, stock }) => {
    for (const one of made) {
      if ((await orders.find(one.orderId)) === undefined) await orders.insert(pendingOrder({ id: one.orderId }))
      const before = await stock.find(one.sku)
      if (before.version === 0) await stock.replace(before, { sku: one.sku, onHand: 2000, reserved: 0 }, minute(0))
      await stock.insertReservation(one, minute(1))
    }
  })

const line = (n: number, given: Partial<StockEntry>): StockEntry => ({
  id: entityId(n),
  sku: stock().sku,
  kind: 'adjustment',
  delta: 10,
  orderId: undefined,
  actor: 'admin-1',
  reason: '盘点',
  createdAt: minute(n),
  ...given,
})

const append = (store: StoreUnderTest, entry: StockEntry): Promise<boolean> =>
  commit(store, ({ stock }) => stock.append(entry))
