import { describe, expect } from 'vitest'
import type { KeptBill } from '../../../src/application/reconciliation/bill-repository.ts'
import type { FundFlow } from '../../../src/application/reconciliation/bill.ts'
import { addDays } from '../../../src/domain/shanghai-day.ts'
import { billDay, entityId, keptBill, minute } from '../../support/builders.ts'
import { type CreateStore, commit, read, type StoreUnderTest, testsOn } from './under-test.ts'

const FLOW: FundFlow = {
  rows: 3,
  unreadable: 1,
  income: { count: 2, fen: 9900 },
  expense: { count: 1, fen: 60 },
  byBusiness: [{ business: '交易', incomeFen: 9900, expenseFen: 60 }],
}

export const billContract = (create: CreateStore): void => {
  describe('bills', () => {
    const test = testsOn(create)
    const find = (store: StoreUnderTest, id = entityId(710)) => read(store, ({ bills }) => bills.find(id))
    const piece = (store: StoreUnderTest, n: number, id = entityId(710)) =>
      read(store, ({ bills }) => bills.readPiece(id, n))

    test('is not there before it is whole', async (store) => {
      await begin(store, keptBill())
      expect(await find(store)).toBeUndefined()
      expect(await read(store, ({ bills }) => bills.listByDay('wechat', billDay()))).toEqual([])
      expect(await finish(store, keptBill())).toBeUndefined()
      expect(await find(store)).toEqual(keptBill())
    })

    test('gives each kind and format back as it was kept', async (store) => {
      const made: readonly KeptBill[] = [
        keptBill({ id: entityId(1), format: 'wechat_csv', size: 0, sha256: '1'.repeat(64) }),
        keptBill({ id: entityId(2), kind: 'fund_flow', sha256: '2'.repeat(64), size: 5_000_000_000 }),
        keptBill({ id: entityId(3), provider: 'alipay', format: 'alipay_zip', source: 'import' }),
        keptBill({ id: entityId(4), provider: 'alipay', format: 'alipay_csv', sha256: '4'.repeat(64) }),
      ]
      for (const bill of made) expect(await keep(store, bill)).toBeUndefined()
      for (const bill of made) expect(await find(store, bill.id)).toEqual(bill)
    })

    test('gives its pieces back by their numbers', async (store) => {
      await begin(store, keptBill())
      const long = 'x'.repeat(400_000)
      await commit(store, ({ bills }) => bills.addPiece(entityId(710), 0, long))
      await commit(store, ({ bills }) => bills.addPiece(entityId(710), 1, '末'))
      await finish(store, keptBill())
      expect(await piece(store, 0)).toBe(long)
      expect(await piece(store, 1)).toBe('末')
      expect(await piece(store, 2)).toBeUndefined()
      expect(await piece(store, 0, entityId(711))).toBeUndefined()
    })

    test('tells which earlier one is the same, and keeps that one', async (store) => {
      await keep(store, keptBill())
      await begin(store, keptBill({ id: entityId(711), createdAt: minute(20) }))
      expect(await finish(store, keptBill({ id: entityId(711) }))).toBe(entityId(710))
      expect(await find(store, entityId(711))).toBeUndefined()
    })

    test('takes the same bytes for another file on another day, as another kind, or from another gateway', async (store) => {
      await keep(store, keptBill())
      const others = [
        keptBill({ id: entityId(711), day: addDays(billDay(), 1) }),
        keptBill({ id: entityId(712), kind: 'fund_flow' }),
        keptBill({ id: entityId(713), provider: 'alipay' }),
        keptBill({ id: entityId(714), sha256: 'b'.repeat(64) }),
      ]
      for (const other of others) expect(await keep(store, other)).toBeUndefined()
    })

    test('keeps one of many copies that end at the same time', async (store) => {
      const copies = Array.from({ length: 6 }, (_, n) => keptBill({ id: entityId(n + 1) }))
      for (const copy of copies) await begin(store, copy)
      const ends = await Promise.all(copies.map((copy) => finish(store, copy)))
      expect(ends.filter((same) => same === undefined)).toHaveLength(1)
      const [kept] = await read(store, ({ bills }) => bills.listByDay('wechat', billDay()))
      expect(new Set(ends)).toEqual(new Set([undefined, kept?.id]))
    })

    test('can be ended once, and only where it was begun', async (store) => {
      await expect(finish(store, keptBill())).rejects.toThrow('is not being written')
      await keep(store, keptBill())
      await expect(finish(store, keptBill())).rejects.toThrow('is not being written')
    })

    test('lists the whole ones of a day, oldest first', async (store) => {
      const made = [3, 1, 2].map((n) =>
        keptBill({ id: entityId(n), createdAt: minute(n), sha256: String(n).repeat(64) }),
      )
      for (const bill of made) await keep(store, bill)
      await begin(store, keptBill({ id: entityId(4) }))
      await keep(store, keptBill({ id: entityId(5), day: addDays(billDay(), 1) }))
      const listed = await read(store, ({ bills }) => bills.listByDay('wechat', billDay()))
      expect(listed.map(({ id }) => id)).toEqual([entityId(1), entityId(2), entityId(3)])
    })

    test('notes what a fund-flow bill adds up to', async (store) => {
      await keep(store, keptBill({ kind: 'fund_flow' }))
      await commit(store, ({ bills }) => bills.noteFundFlow(entityId(710), FLOW))
      expect(await find(store)).toEqual(keptBill({ kind: 'fund_flow', fundFlow: FLOW }))
    })

    test('takes a beginning away with its pieces, and leaves alone what is whole', async (store) => {
      await begin(store, keptBill())
      await commit(store, ({ bills }) => bills.addPiece(entityId(710), 0, 'a'))
      await commit(store, ({ bills }) => bills.discard(entityId(710)))
      expect(await piece(store, 0)).toBeUndefined()
      await expect(finish(store, keptBill())).rejects.toThrow('is not being written')

      const whole = keptBill({ id: entityId(711) })
      await begin(store, whole)
      await commit(store, ({ bills }) => bills.addPiece(whole.id, 0, 'b'))
      await finish(store, whole)
      await commit(store, ({ bills }) => bills.discard(whole.id))
      expect(await find(store, whole.id)).toEqual(whole)
      expect(await piece(store, 0, whole.id)).toBe('b')
    })

    test('finds beginnings that nobody has ended', async (store) => {
      const abandoned = (before: number, limit = 9) =>
        commit(store, ({ bills }) => bills.listAbandoned(minute(before), limit))
      for (const n of [3, 1, 2]) await begin(store, keptBill({ id: entityId(n), createdAt: minute(n) }))
      await keep(store, keptBill({ createdAt: minute(0) }))
      expect(await abandoned(3)).toEqual([entityId(1), entityId(2)])
      expect(await abandoned(99, 1)).toEqual([entityId(1)])
      await commit(store, ({ bills }) => bills.discard(entityId(1)))
      expect(await abandoned(99)).toEqual([entityId(2), entityId(3)])
    })

    test('forgets with the unit of work what was written in it', async (store) => {
      await begin(store, keptBill())
      const broken = store.transaction.run(async ({ bills }) => {
        await bills.addPiece(entityId(710), 0, 'a')
        await bills.discard(entityId(710))
        throw new Error('broken off')
      })
      await expect(broken).rejects.toThrow('broken off')
      expect(await piece(store, 0)).toBeUndefined()
      expect(await finish(store, keptBill())).toBeUndefined()
    })
  })
}

const begin = (
  store: StoreUnderTest,
  { sha256: _hash, size: _size, fundFlow: _flow, ...draft }: KeptBill,
): Promise<void> => commit(store, ({ bills }) => bills.begin(draft))

const finish = (store: StoreUnderTest, { id, sha256, size }: KeptBill): Promise<string | undefined> =>
  commit(store, ({ bills }) => bills.finish(id, { sha256, size }))

const keep = async (store: StoreUnderTest, bill: KeptBill): Promise<string | undefined> => {
  await begin(store, bill)
  return finish(store, bill)
}
