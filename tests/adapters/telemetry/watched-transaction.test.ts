import { err, ok } from 'neverthrow'
import { beforeEach, describe, expect, it } from 'vitest'
import { fixedClock } from '../../../src/adapters/memory/fixed-clock.ts'
import { createMemoryStore, type MemoryStore } from '../../../src/adapters/memory/memory-store.ts'
import { noTracing } from '../../../src/adapters/telemetry/tracing.ts'
import { type EndedUnit, watchedTransaction } from '../../../src/adapters/telemetry/watched-transaction.ts'
import { type Transaction, WRITE_CONFLICT } from '../../../src/application/transaction.ts'
import { minute, pendingOrder, pendingPayment, stock } from '../../support/builders.ts'

let store: MemoryStore
let transaction: Transaction
let ended: EndedUnit[]
beforeEach(() => {
  store = createMemoryStore()
  ended = []
  transaction = watchedTransaction(store.transaction, {
    clock: fixedClock({ at: minute(0) }),
    tracing: noTracing,
    ended: (unit) => void ended.push(unit),
  })
})

const facts = () => ended.map((unit) => [unit.outcome, unit.facts.facts.map(({ type }) => type)])

describe('a watched transaction', () => {
  it('tells what a unit of work did once it is committed, and in which state it left it', async () => {
    await transaction.run(async ({ orders, payments }) => {
      await orders.insert(pendingOrder())
      await payments.insert(pendingPayment(), minute(1))
      expect(ended).toEqual([])
      return ok(undefined)
    })
    expect(facts()).toEqual([['committed', ['payment']]])
    expect(await store.readers.payments.find(pendingPayment().id)).toBeDefined()
  })

  it('tells nothing of what was not written, or had been there before', async () => {
    const insert = () =>
      transaction.run(async ({ orders, payments }) => {
        if ((await orders.find(pendingOrder().id)) === undefined) await orders.insert(pendingOrder())
        return ok(await payments.insert(pendingPayment(), minute(1)))
      })
    await insert()
    expect((await insert())._unsafeUnwrap()).toBe(false)
    await transaction.run(async ({ payments }) => {
      const before = await payments.find(pendingPayment().id)
      return ok(before && (await payments.replace(before, before.value, minute(2))))
    })
    expect(facts()).toEqual([
      ['committed', ['payment']],
      ['committed', []],
      ['committed', []],
    ])
  })

  it('counts a unit once that another writer made start again, and how often it did', async () => {
    let runs = 0
    await transaction.run(async ({ orders, payments, stock: stocks }) => {
      await orders.insert(pendingOrder())
      await payments.insert(pendingPayment(), minute(1))
      runs += 1
      if (runs === 3) return ok(undefined)
      const before = { value: stock(), version: 9, updatedAt: minute(0) }
      expect(await stocks.replace(before, stock(), minute(1))).toBe(false)
      return err(WRITE_CONFLICT)
    })
    expect(facts()).toEqual([['committed', ['payment']]])
    expect(ended).toMatchObject([{ reruns: 2, facts: { stockRaces: 2 } }])
  })

  it('tells by its code why a unit was refused, and of one that broke off that it did', async () => {
    const insertThen = (end: () => Promise<never>) =>
      transaction.run(async ({ orders }) => {
        await orders.insert(pendingOrder())
        return end()
      })
    await transaction.run(async ({ orders }) => {
      await orders.insert(pendingOrder())
      return err({ code: 'OUT_OF_STOCK' } as const)
    })
    await expect(insertThen(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
    expect(ended.map(({ outcome, code }) => [outcome, code])).toEqual([
      ['refused', 'OUT_OF_STOCK'],
      ['failed', undefined],
    ])
    expect(await store.readers.orders.find(pendingOrder().id)).toBeUndefined()
  })
})
