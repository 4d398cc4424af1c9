import { describe, expect } from 'vitest'
import type { Repositories } from '../../../src/application/transaction.ts'
import { paymentFacts } from '../../../src/domain/payment.ts'
import {
  cancelledOrder,
  closedPayment,
  entityId,
  minute,
  outTradeNo,
  paidOrder,
  pendingOrder,
  pendingPayment,
  refundClue,
} from '../../support/builders.ts'
import { type CreateStore, commit, insertDefaults, present, type StoreUnderTest, testsOn } from './under-test.ts'

type Claimed = { readonly id: string; readonly version: number; readonly attempts: number }

/** How one kind of thing waits for its time. */
type Waiting = {
  /** Inserts the nth, due so many minutes after the start. */
  insert(store: StoreUnderTest, n: number, dueAt: number): Promise<void>
  claim(repositories: Repositories, now: Date, leaseUntil: Date, limit: number): Promise<readonly Claimed[]>
  postpone(repositories: Repositories, id: string, until: Date): Promise<void>
  /** Brings the nth to where nothing is left to be done. */
  finish(store: StoreUnderTest, n: number): Promise<void>
  versionOf(store: StoreUnderTest, n: number): Promise<number>
}

export const dueWorkContract = (create: CreateStore): void => {
  describe('due payments', () => {
    waits(create, WAITING_PAYMENTS)
    testsOn(create)('never makes a payment due that was inserted closed', async (store) => {
      await commit(store, async ({ orders, payments }) => {
        await orders.insert(pendingOrder())
        await payments.insert(closedPayment({ id: entityId(1) }), minute(30))
        await payments.postpone(entityId(1), minute(31))
      })
      expect(await claim(store, WAITING_PAYMENTS, 10_000, 10_001)).toEqual([])
    })
  })
  describe('due clues of refunds', () => waits(create, WAITING_CLUES))
  describe('due orders', () => {
    waits(create, WAITING_ORDERS)
    testsOn(create)('never makes an order due that was inserted paid or ended', async (store) => {
      await commit(store, async ({ orders }) => {
        await orders.insert(paidOrder({ id: entityId(1) }))
        await orders.insert(cancelledOrder({ id: entityId(2) }))
        await orders.postpone(entityId(1), minute(31))
      })
      expect(await claim(store, WAITING_ORDERS, 10_000, 10_001)).toEqual([])
    })
  })
}

const WAITING_CLUES: Waiting = {
  async insert(store, n, dueAt) {
    const payment = await store.readers.payments.find(pendingPayment().id)
    if (payment === undefined) await insertDefaults(store)
    const clue = refundClue({ number: entityId(n), createdAt: minute(dueAt) })
    expect(await commit(store, ({ refundClues }) => refundClues.insert(clue))).toBe(true)
  },
  async claim({ refundClues }, now, leaseUntil, limit) {
    const due = await refundClues.claimDue(now, leaseUntil, limit)
    return due.map(({ clue, attempts }) => ({ id: clue.number ?? '', version: 1, attempts }))
  },
  postpone: ({ refundClues }, number, until) => refundClues.postpone(refundClue({ number }), until),
  finish: (store, n) => commit(store, ({ refundClues }) => refundClues.end(refundClue({ number: entityId(n) }))),
  versionOf: async () => 1,
}

const WAITING_PAYMENTS: Waiting = {
  insert: (store, n, dueAt) =>
    commit(store, async ({ orders, payments }) => {
      const orderId = entityId(1000 + n)
      await orders.insert(pendingOrder({ id: orderId }))
      const payment = pendingPayment({ id: entityId(n), orderId, outTradeNo: outTradeNo(n) })
      expect(await payments.insert(payment, minute(dueAt))).toBe(true)
    }),
  async claim({ payments }, now, leaseUntil, limit) {
    const due = await payments.claimDue(now, leaseUntil, limit)
    return due.map(({ payment, attempts }) => ({ id: payment.value.id, version: payment.version, attempts }))
  },
  postpone: ({ payments }, id, until) => payments.postpone(id, until),
  finish: (store, n) =>
    commit(store, async ({ payments }) => {
      const before = present(await payments.find(entityId(n)))
      expect(await payments.replace(before, closedPayment(paymentFacts(before.value)), minute(5))).toBe(true)
    }),
  versionOf: async (store, n) => present(await store.readers.payments.find(entityId(n))).version,
}

const WAITING_ORDERS: Waiting = {
  insert: (store, n, dueAt) =>
    commit(store, ({ orders }) => orders.insert(pendingOrder({ id: entityId(n), expiresAt: minute(dueAt) }))),
  async claim({ orders }, now, leaseUntil, limit) {
    const due = await orders.claimDue(now, leaseUntil, limit)
    expect(due.every(({ order }) => order.value.items.length === 1)).toBe(true)
    return due.map(({ order, attempts }) => ({ id: order.value.id, version: order.version, attempts }))
  },
  postpone: ({ orders }, id, until) => orders.postpone(id, until),
  finish: (store, n) =>
    commit(store, async ({ orders }) => {
      const before = present(await orders.find(entityId(n)))
      const { expiresAt } = before.value
      expect(await orders.replace(before, cancelledOrder({ id: entityId(n), expiresAt }), minute(5))).toBe(true)
    }),
  versionOf: async (store, n) => present(await store.readers.orders.find(entityId(n))).version,
}

const waits = (create: CreateStore, waiting: Waiting): void => {
  const test = testsOn(create)
  const attempts = async (store: StoreUnderTest, now: number, until: number) =>
    (await claim(store, waiting, now, until)).map((one) => one.attempts)

  test('is not due before its time, and then leased with its version', async (store) => {
    await waiting.insert(store, 1, 30)
    expect(await claim(store, waiting, 29.99, 31)).toEqual([])
    const version = await waiting.versionOf(store, 1)
    expect(await claim(store, waiting, 30, 31)).toEqual([{ id: entityId(1), version, attempts: 1 }])
    expect(await waiting.versionOf(store, 1)).toBe(version)
  })

  test('goes to nobody else until the lease is over, and counts the claims', async (store) => {
    await waiting.insert(store, 1, 30)
    expect(await attempts(store, 30, 35)).toEqual([1])
    expect(await attempts(store, 34.99, 50)).toEqual([])
    expect(await attempts(store, 35, 50)).toEqual([2])
    expect(await attempts(store, 51, 60)).toEqual([3])
  })

  test('waits as long as it is postponed, later or earlier than the lease', async (store) => {
    await waiting.insert(store, 1, 30)
    await claim(store, waiting, 30, 35)
    await commit(store, (all) => waiting.postpone(all, entityId(1), minute(50)))
    expect(await attempts(store, 49.99, 60)).toEqual([])
    expect(await attempts(store, 50, 60)).toEqual([2])
    await commit(store, (all) => waiting.postpone(all, entityId(1), minute(55)))
    expect(await attempts(store, 55, 60)).toEqual([3])
  })

  test('is never due again once nothing is left to be done, also when it is postponed', async (store) => {
    await waiting.insert(store, 1, 30)
    await claim(store, waiting, 30, 35)
    await waiting.finish(store, 1)
    await commit(store, (all) => waiting.postpone(all, entityId(1), minute(36)))
    expect(await claim(store, waiting, 10_000, 10_001)).toEqual([])
  })

  test('takes what has been due for longest first, no more than asked for, and leaves nobody out', async (store) => {
    for (const [n, dueAt] of [
      [1, 33],
      [2, 31],
      [3, 32],
    ] as const)
      await waiting.insert(store, n, dueAt)
    const taken = [
      await claim(store, waiting, 40, 90, 2),
      await claim(store, waiting, 40, 90, 2),
      await claim(store, waiting, 40, 90, 2),
    ]
    expect(taken.map((ones) => ones.map(({ id }) => id))).toEqual([[entityId(2), entityId(3)], [entityId(1)], []])
  })

  test('gives each to one of many who claim at the same time', async (store) => {
    for (let n = 1; n <= 12; n += 1) await waiting.insert(store, n, 30)
    const taken = (await Promise.all(Array.from({ length: 8 }, () => claim(store, waiting, 40, 60, 3)))).flat()
    taken.push(...(await claim(store, waiting, 40, 60))) // What each of them had left to the others.
    expect(new Set(taken.map(({ id }) => id)).size).toBe(12)
    expect(taken).toHaveLength(12)
  })
}

const claim = (store: StoreUnderTest, waiting: Waiting, now: number, until: number, limit = 20) =>
  commit(store, (all) => waiting.claim(all, minute(now), minute(until), limit))
