import { describe, expect } from 'vitest'
import type { FulfilmentRecord } from '../../../src/domain/fulfilment.ts'
import { entityId, minute, pendingOrder } from '../../support/builders.ts'
import { type CreateStore, commit, read, type StoreUnderTest, testsOn } from './under-test.ts'

export const fulfilmentContract = (create: CreateStore): void => {
  describe('fulfilments', () => {
    const test = testsOn(create)
    const ofOrder = (store: StoreUnderTest, orderId = pendingOrder().id) =>
      read(store, ({ fulfilments }) => fulfilments.listByOrder(orderId))

    test('has none for an order that is not delivered', async (store) => {
      expect(await ofOrder(store)).toEqual([])
      expect(await insert(store)).toBe(true)
    })

    test('gives each kind of delivery back, by line', async (store) => {
      const made = [
        delivered(0, { kind: 'grant' }),
        delivered(1, { kind: 'codes' }),
        delivered(2, { kind: 'points', status: 'taken_back', takenBackAt: minute(9) }),
        delivered(9, { kind: 'points', status: 'held', round: 3, withheld: 1100 }),
        delivered(10, { kind: 'goods' }),
      ]
      expect(await insert(store, ...made.toReversed())).toBe(true)
      expect(await insert(store, delivered(0, { orderId: entityId(2) }))).toBe(true)
      expect(await ofOrder(store)).toEqual(made)
    })

    test('delivers no line twice, nothing of a batch with one that is, and goes on with the unit of work', async (store) => {
      await insert(store, delivered(1, {}))
      const other = pendingOrder({ id: entityId(90) })
      const inserted = await commit(store, async ({ fulfilments, orders }) => {
        const again = await fulfilments.insert([delivered(0, {}), delivered(1, { kind: 'codes' }), delivered(2, {})])
        await orders.insert(other)
        return again
      })
      expect(inserted).toBe(false)
      expect(await ofOrder(store)).toEqual([delivered(1, {})])
      expect(await store.readers.orders.find(other.id)).toBeDefined()
      expect(await insert(store, delivered(0, {}), delivered(2, {}))).toBe(true)
    })

    test('replaces each state by each other, as long as nobody else did', async (store) => {
      await insert(store, delivered(0, {}), delivered(1, {}))
      const states = [
        delivered(0, { status: 'held', round: 1, withheld: 5 }),
        delivered(0, { round: 2 }),
        delivered(0, { status: 'taken_back', takenBackAt: minute(9), round: 3, withheld: 7 }),
      ]
      let before = delivered(0, {})
      for (const after of states) {
        expect(await replace(store, before, after)).toBe(true)
        expect(await ofOrder(store)).toEqual([after, delivered(1, {})])
        expect(await replace(store, before, after)).toBe(false)
        before = after
      }
      expect(await replace(store, delivered(7, {}), delivered(7, { round: 1 }))).toBe(false)
    })

    test('lets one of many replace it at the same time', async (store) => {
      await insert(store, delivered(0, {}))
      const attempts = Array.from({ length: 20 }, (_, withheld) =>
        replace(store, delivered(0, {}), delivered(0, { status: 'held', round: 1, withheld })),
      )
      const won = await Promise.all(attempts)
      expect(won.filter((first) => first)).toHaveLength(1)
      expect(await ofOrder(store)).toMatchObject([{ withheld: won.indexOf(true) }])
    })

    test('delivers once when many deliver at the same time', async (store) => {
      await insert(store)
      const attempts = Array.from({ length: 20 }, () => insert(store, delivered(0, {}), delivered(1, {})))
      expect((await Promise.all(attempts)).filter((first) => first)).toHaveLength(1)
      expect(await ofOrder(store)).toHaveLength(2)
    })
  })
}

const delivered = (line: number, given: Partial<FulfilmentRecord>): FulfilmentRecord => ({
  orderId: pendingOrder().id,
  line,
  kind: 'grant',
  status: 'delivered',
  deliveredAt: minute(5),
  takenBackAt: undefined,
  round: 0,
  withheld: 0,
  ...given,
})

const insert = (store: StoreUnderTest, ...records: readonly FulfilmentRecord[]): Promise<boolean> =>
  commit(store, async ({ fulfilments, orders }) => {
    for (const id of new Set([pendingOrder().id, ...records.map(({ orderId }) => orderId)]))
      if ((await orders.find(id)) === undefined) await orders.insert(pendingOrder({ id }))
    return fulfilments.insert(records)
  })

const replace = (store: StoreUnderTest, before: FulfilmentRecord, after: FulfilmentRecord): Promise<boolean> =>
  commit(store, ({ fulfilments }) => fulfilments.replace(before, after))
