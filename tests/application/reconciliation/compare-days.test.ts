import { ok } from 'neverthrow'
import { beforeEach, describe, expect, it } from 'vitest'
import { createMemoryStore, type MemoryStore } from '../../../src/adapters/memory/memory-store.ts'
import type { BillRow } from '../../../src/application/reconciliation/bill.ts'
import type { BookedReceipt, DayBooks } from '../../../src/application/reconciliation/day-books.ts'
import { fen } from '../../../src/domain/money.ts'
import { addDays } from '../../../src/domain/shanghai-day.ts'
import {
  billDay,
  entityId,
  keptBill,
  outTradeNo,
  paidPayment,
  processingRefund,
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
  nthRefund,
  paymentOf,
  paymentRow,
  readerOf,
  refundOf,
  refundRow,
  transactionId,
  nth,
} from './bill-day.ts'

let store: MemoryStore
beforeEach(() => {
  store = createMemoryStore()
})

const compare = (rows: readonly BillRow[]) => compared(store.readers.dayBooks, readerOf(rows))

describe('what lies around midnight', () => {
  const nextDay = { bill: keptBill({ day: addDays(billDay(), 1) }) }
  const next = { type: 'end', head: { merchantId: undefined, day: addDays(billDay(), 1) } } as const
  const compareNext = (rows: readonly BillRow[]) => compared(store.readers.dayBooks, readerOf(rows, next), nextDay)
  const note = (subjects: readonly string[], day = addDays(billDay(), 1)) =>
    store.transaction.run(async ({ discrepancies }) =>
      ok(await discrepancies.noteElsewhere({ provider: 'wechat', day }, subjects, during())),
    )

  beforeEach(async () => {
    await bookPayment(store, 1, { paidAt: during(DAY_MS - 1) })
    await bookRefund(store, 1, { processedAt: during(DAY_MS - 1) })
  })

  it('is missing on its own day as long as the next was not compared, and then found with that one', async () => {
    const first = await compare([])
    expect(named(first.differences)).toEqual([`missing_remote ${paymentOf(1)}`, `missing_remote ${refundOf(1)}`])
    const second = await compareNext([paymentRow(1), refundRow(1)])
    expect(second).toMatchObject({ differences: [], summary: { matched: 2, localCount: 0, remoteCount: 2 } })
    expect(second.elsewhere.toSorted()).toEqual([paymentOf(1), refundOf(1)])
  })

  it('is not missing on its own day where the next was compared first', async () => {
    const { elsewhere } = await compareNext([paymentRow(1), refundRow(1)])
    await note(elsewhere)
    expect(await compare([])).toMatchObject({
      differences: [],
      summary: { missingRemote: 0, localCount: 2, matched: 0 },
    })
  })

  it('is found on the bill of the day before, too', async () => {
    await bookPayment(store, 2, { paidAt: during(DAY_MS) })
    const { elsewhere, differences } = await compare([paymentRow(1), refundRow(1), paymentRow(2)])
    expect([elsewhere, differences]).toEqual([[paymentOf(2)], []])
    await note(elsewhere, billDay())
    expect(await compareNext([])).toMatchObject({ differences: [], summary: { localCount: 1 } })
  })

  it('is remembered where the books do not say yet when a refund went through', async () => {
    await book(store, paidPayment({ ...nth(2), transactionId: transactionId(2) }))
    await bookAnyRefund(store, processingRefund(nthRefund(2)))
    const { elsewhere } = await compare([paymentRow(1), refundRow(1), refundRow(2, { status: 'processing' })])
    expect(elsewhere).toEqual([refundOf(2)])
  })
})

describe('more than can be remembered', () => {
  it('is found by reading the books again, without what was on the bill under another number', async () => {
    const count = 20_100
    const receipts = Array.from({ length: count }, (_, n): BookedReceipt => {
      const id = entityId(n)
      return {
        id,
        outTradeNo: outTradeNo(n),
        transactionId: transactionId(n),
        amount: fen(9900),
        at: during(n).getTime(),
      }
    })
    const refunds = [1, 2, 3].map((n) => ({
      refundNo: refundNo(n),
      outTradeNo: outTradeNo(n),
      amount: fen(3300),
      at: during(n).getTime(),
    }))
    const elsewhere = new Set([paymentOf(count - 1), refundOf(3)])
    const from = <T>(rows: readonly T[], start: number, limit: number) => rows.slice(start, start + limit)
    const books: DayBooks = {
      receipts: async (_, _span, after, limit) =>
        from(receipts, after === undefined ? 0 : Number.parseInt(after.id, 16) + 1, limit),
      refunds: async (_, _span, after, limit) =>
        from(refunds, after === undefined ? 0 : refunds.findIndex((one) => one.refundNo === after.id) + 1, limit),
      findPayment: async () => undefined,
      findRefund: async (_, _no, number) =>
        number === 'CONSOLE'
          ? { refundNo: refundNo(2), amount: fen(3300), status: 'success', processedAt: during(2) }
          : undefined,
      matchedElsewhere: async (_, subjects) => new Set(subjects.filter((subject) => elsewhere.has(subject))),
      firstPaymentAt: async () => undefined,
    }
    const rows = [paymentRow(0), refundRow(1), refundRow(2, { refundNo: 'CONSOLE' }), paymentRow(5, { amount: fen(1) })]
    const { differences, summary } = await compared(books, readerOf(rows))
    const absent = differences.filter((one) => one.class === 'missing_remote')
    // All but the row that matches, the one whose amount differs, and what was on the bill of another day.
    expect(absent).toHaveLength(count - 3)
    expect(new Set(absent.map(({ subject }) => subject)).size).toBe(count - 3)
    expect(absent.every(({ about }) => about === 'payment')).toBe(true)
    expect(summary).toMatchObject({ missingRemote: count - 3, localCount: count + 3, matched: 3 })
  })
})
