import { ok } from 'neverthrow'
import { expect, it } from 'vitest'
import type { Alerting } from '../../../src/application/alerts/alerting.ts'
import type { BacklogReader } from '../../../src/application/backlog.ts'
import type { DoctorBook } from '../../../src/application/doctor/doctor-book.ts'
import type { IdempotencyKeys } from '../../../src/application/idempotency/idempotency-keys.ts'
import type { Cursor, Page, PageRequest } from '../../../src/application/page.ts'
import type { Statistics } from '../../../src/application/statistics/statistics.ts'
import type { CommitListener, Readers, Repositories, Transaction } from '../../../src/application/transaction.ts'
import type { Versioned } from '../../../src/application/versioned.ts'
import type { Order } from '../../../src/domain/order.ts'
import type { Payment } from '../../../src/domain/payment.ts'
import { pendingOrder, pendingPayment } from '../../support/builders.ts'

export type StoreUnderTest = {
  readonly transaction: Transaction
  readonly readers: Readers
  readonly idempotencyKeys: IdempotencyKeys
  readonly statistics: Statistics
  readonly alerting: Alerting
  readonly doctor: DoctorBook
  readonly backlog: BacklogReader
  close(): Promise<void>
}

/** An empty store; `onCommit` is its commit listener. */
export type CreateStore = (onCommit: CommitListener) => Promise<StoreUnderTest>

/** Declares tests that each get an empty store of their own. */
export const testsOn =
  (create: CreateStore) =>
  (behaviour: string, body: (store: StoreUnderTest) => Promise<void>): void =>
    it(behaviour, async () => {
      const store = await create(() => undefined)
      try {
        await body(store)
      } finally {
        await store.close()
      }
    })

/** One unit of work that commits. */
export const commit = async <T>(
  store: StoreUnderTest,
  work: (repositories: Repositories) => Promise<T>,
): Promise<T> => {
  const result = await store.transaction.run(async (repositories) => ok(await work(repositories)))
  return result._unsafeUnwrap()
}

/** What is read outside of any unit of work, which is the same as what is read inside of one. */
export const read = async <T>(store: StoreUnderTest, query: (readers: Readers) => Promise<T>): Promise<T> => {
  const inside = await commit(store, (repositories) => query({ ...repositories, events: repositories.outbox }))
  const outside = await query(store.readers)
  expect(inside).toEqual(outside)
  return outside
}

/** For what the test knows to be there. */
export const present = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('expected a value')
  return value
}

export const valuesOf = <T>(rows: readonly Versioned<T>[]): readonly T[] => rows.map(({ value }) => value)

/** All pages one after another; no page but the last is short, and only the last has no `next`. */
export const allPages = async <T>(
  limit: number,
  list: (page: PageRequest) => Promise<Page<T>>,
): Promise<readonly T[]> => {
  const items: T[] = []
  let after: Cursor | undefined
  for (let pages = 0; pages < 100; pages += 1) {
    const page: Page<T> = await list({ limit, after })
    if (after !== undefined) expect(page.items, 'a page that was announced').not.toEqual([])
    items.push(...page.items)
    after = page.next
    if (after === undefined) return items
    expect(page.items).toHaveLength(limit)
  }
  throw new Error('the pages do not end')
}

/** Identifiers that a careless comparison takes for one another. */
export const LOOKALIKES = ['A1', 'a1', 'A1 ', 'Á1', 'A１'] as const

/** What people and gateways write into texts. */
export const TEXTS = ['年度会员（送100积分）', '👩‍👩‍👧 🇨🇳 𠮷', `'"\\ -- ; <b>%_`, ' a\tb\nc ', 'é ≠ é', ''] as const

export const insertOrder = async <O extends Order>(store: StoreUnderTest, order: O): Promise<O> => {
  await commit(store, ({ orders }) => orders.insert(order))
  return order
}

/** Inserts a payment that is no duplicate, after its order where that is missing. */
export const insertPayment = async <P extends Payment>(store: StoreUnderTest, payment: P): Promise<P> => {
  const { orderId: id, userId, amount } = payment
  await commit(store, async ({ orders, payments }) => {
    if ((await orders.find(id)) === undefined) await orders.insert(pendingOrder({ id, userId, amount }))
    expect(await payments.insert(payment, payment.createdAt)).toBe(true)
  })
  return payment
}

/** The order and payment that the builders of refunds, receipts and the like speak about. */
export const insertDefaults = async (store: StoreUnderTest): Promise<void> => {
  await insertPayment(store, pendingPayment())
}
