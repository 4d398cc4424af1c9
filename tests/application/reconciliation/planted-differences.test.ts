import * as fc from 'fast-check'
import { ok } from 'neverthrow'
import { describe, expect, it } from 'vitest'
import { createMemoryStore, type MemoryStore } from '../../../src/adapters/memory/memory-store.ts'
import type { BillRow } from '../../../src/application/reconciliation/bill.ts'
import { fen } from '../../../src/domain/money.ts'
import {
  entityId,
  paidPayment,
  pendingPayment,
  processingRefund,
  refundClue,
  refundNo,
} from '../../support/builders.ts'
import {
  book,
  bookAnyRefund,
  bookPayment,
  bookRefund,
  compared,
  DAY_MS,
  during,
  named,
  nth,
  nthRefund,
  paymentOf,
  paymentRow,
  readerOf,
  refundOf,
  refundRow,
  transactionId,
  unreadableRow,
} from './bill-day.ts'

/** One thing that happened: what the books have of it, what the bill has, and what is to be found then. */
type Planted = {
  readonly books: (store: MemoryStore, n: number) => Promise<unknown>
  readonly rows: (n: number) => readonly BillRow[]
  readonly found: (n: number) => readonly string[]
  readonly elsewhere?: (n: number) => readonly string[]
}

const none = () => []
const nothing = async () => undefined
const paidBefore = (store: MemoryStore, n: number) =>
  book(store, paidPayment({ ...nth(n), transactionId: transactionId(n), paidAt: during(-DAY_MS) }))
const refunded = async (store: MemoryStore, n: number) => {
  await paidBefore(store, n)
  await bookRefund(store, n)
}

const KINDS = {
  'a payment that matches': { books: bookPayment, rows: (n) => [paymentRow(n)], found: none },
  'a refund that matches': { books: refunded, rows: (n) => [refundRow(n)], found: none },
  'a payment of another amount': {
    books: bookPayment,
    rows: (n) => [paymentRow(n, { amount: fen(9901) })],
    found: (n) => [`amount_differs ${paymentOf(n)}`],
  },
  'a payment that is unpaid here': {
    books: (store, n) => book(store, pendingPayment(nth(n))),
    rows: (n) => [paymentRow(n)],
    found: (n) => [`status_differs ${paymentOf(n)}`],
  },
  'a payment in a state that must not be': {
    books: bookPayment,
    rows: (n) => [paymentRow(n, { status: 'other' })],
    found: (n) => [`status_differs ${paymentOf(n)}`],
  },
  'a payment that is missing here': {
    books: nothing,
    rows: (n) => [paymentRow(n)],
    found: (n) => [`missing_local ${paymentOf(n)}`],
  },
  'a payment that is missing there': {
    books: bookPayment,
    rows: none,
    found: (n) => [`missing_remote ${paymentOf(n)}`],
  },
  'a payment under another number': {
    books: bookPayment,
    rows: (n) => [paymentRow(n, { transactionId: transactionId(500_000 + n) })],
    found: (n) => [`missing_local ${paymentOf(500_000 + n)}`, `missing_remote ${paymentOf(n)}`],
  },
  'a payment that is there twice': {
    books: bookPayment,
    rows: (n) => [paymentRow(n), paymentRow(n)],
    found: (n) => [`missing_local ${paymentOf(n)}#`],
  },
  'a payment of the day before': {
    books: (store, n) => bookPayment(store, n, { paidAt: during(-1) }),
    rows: (n) => [paymentRow(n)],
    found: none,
    elsewhere: (n) => [paymentOf(n)],
  },
  'a refund of another amount': {
    books: refunded,
    rows: (n) => [refundRow(n, { amount: fen(3299) })],
    found: (n) => [`amount_differs ${refundOf(n)}`],
  },
  'a refund that failed there': {
    books: refunded,
    rows: (n) => [refundRow(n, { status: 'failed' })],
    found: (n) => [`status_differs ${refundOf(n)}`],
  },
  'a refund that is under way here': {
    books: async (store, n) => {
      await paidBefore(store, n)
      await bookAnyRefund(store, processingRefund(nthRefund(n)))
    },
    rows: (n) => [refundRow(n)],
    found: (n) => [`status_differs ${refundOf(n)}`],
  },
  'a refund that is missing here': {
    books: paidBefore,
    rows: (n) => [refundRow(n)],
    found: (n) => [`missing_local ${refundOf(n)}`],
  },
  'a refund that is missing there': {
    books: refunded,
    rows: none,
    found: (n) => [`missing_remote ${refundOf(n)}`],
  },
  'a refund of the console': {
    books: async (store, n) => {
      await refunded(store, n)
      await store.transaction.run(async ({ refundClues }) =>
        ok(await refundClues.end(refundClue({ paymentId: entityId(n), number: `C${n}`, refundNo: refundNo(n) }))),
      )
    },
    rows: (n) => [refundRow(n, { refundNo: `C${n}` })],
    found: none,
  },
  'a refund of the console without a number': {
    books: refunded,
    rows: (n) => [refundRow(n, { refundNo: '' })],
    found: none,
  },
  'a row that can’t be read': {
    books: nothing,
    rows: (n) => [unreadableRow(n + 1)],
    found: () => ['unreadable line:'],
  },
} as const satisfies Record<string, Planted>

const NAMES = Object.keys(KINDS) as (keyof typeof KINDS)[] // The keys of the literal above.

const anyDay = fc.record({
  kinds: fc.array(fc.constantFrom(...NAMES), { maxLength: 40 }),
  order: fc.infiniteStream(fc.nat()),
  atOnce: fc.integer({ min: 1, max: 50 }),
})

/** Rows in any order; several rows of one thing stay in theirs. */
const shuffled = (groups: readonly (readonly BillRow[])[], order: Iterator<number>): readonly BillRow[] => {
  const left = groups.map((group) => [...group]).filter((group) => group.length > 0)
  const rows: BillRow[] = []
  while (left.length > 0) {
    const pick = Number(order.next().value) % left.length
    const group = left[pick] ?? []
    rows.push(...group.splice(0, 1))
    if (group.length === 0) left.splice(pick, 1)
  }
  return rows
}

/** As the lines of a file are: each row on one of its own, behind the names of the columns. */
const numbered = (rows: readonly BillRow[]): readonly BillRow[] => rows.map((row, at) => ({ ...row, line: at + 2 }))

/** On which line something is depends on the order of the rows. */
const namedWithoutLines = (differences: Parameters<typeof named>[0]): readonly string[] =>
  named(differences.map((one) => ({ ...one, subject: one.subject.replace(/(?<=^line:|#)\d+$/, '') })))

describe('whatever happened on a day', () => {
  it('is found exactly where it differs, in both directions, and the same again', async () => {
    await fc.assert(
      fc.asyncProperty(anyDay, async ({ kinds, order, atOnce }) => {
        const store = createMemoryStore()
        const planted: readonly Planted[] = kinds.map((kind) => KINDS[kind])
        for (const [n, { books }] of planted.entries()) await books(store, n)
        const rows = numbered(
          shuffled(
            planted.map((one, n) => one.rows(n)),
            order,
          ),
        )
        const found = await compared(store.readers.dayBooks, readerOf(rows, undefined, atOnce))
        expect(namedWithoutLines(found.differences)).toEqual(planted.flatMap((one, n) => one.found(n)).toSorted())
        expect(found.elsewhere.toSorted()).toEqual(planted.flatMap((one, n) => one.elsewhere?.(n) ?? []).toSorted())
        expect(await compared(store.readers.dayBooks, readerOf(rows, undefined, atOnce))).toEqual(found)

        const { summary } = found
        const sum = (amounts: readonly number[]) => amounts.reduce((total, amount) => total + amount, 0)
        const readable = rows.filter((row) => row.kind !== 'unreadable')
        const of = (kind: string) => readable.filter((row) => row.kind === kind).map(({ amount }) => amount)
        const count = (kind: string) => found.differences.filter((one) => one.class === kind).length
        expect(summary).toMatchObject({
          remoteCount: rows.length,
          remoteAmount: sum(of('payment')),
          remoteRefunds: sum(of('refund')),
          feesFen: sum(readable.map(({ feeFen }) => feeFen)),
          netFen: sum(readable.map(({ netFen }) => netFen)),
          amountDiffers: count('amount_differs'),
          statusDiffers: count('status_differs'),
          missingLocal: count('missing_local'),
          missingRemote: count('missing_remote'),
          unreadable: count('unreadable'),
          // Each row is matched or differs.
          matched: rows.length - (found.differences.length - count('missing_remote')),
        })
      }),
      { numRuns: 60 },
    )
  })

  it('is planted in every kind at once', async () => {
    const store = createMemoryStore()
    const planted: readonly Planted[] = NAMES.map((kind) => KINDS[kind])
    for (const [n, { books }] of planted.entries()) await books(store, n)
    const rows = numbered(planted.flatMap((one, n) => one.rows(n)))
    const { differences } = await compared(store.readers.dayBooks, readerOf(rows))
    expect(namedWithoutLines(differences)).toEqual(planted.flatMap((one, n) => one.found(n)).toSorted())
  })
})
