import { ok } from 'neverthrow'
import type { MemoryStore } from '../../../src/adapters/memory/memory-store.ts'
import { seededRandomness } from '../../../src/adapters/memory/seeded-randomness.ts'
import type { Receipt, TradeState } from '../../../src/application/payments/payment-gateway.ts'
import type { PaymentTransaction } from '../../../src/application/payments/payment-transaction.ts'
import type { BillContent, BillPart, BillRow, ReadBill } from '../../../src/application/reconciliation/bill.ts'
import { compareBill, type CompareRequest } from '../../../src/application/reconciliation/compare-bill.ts'
import type { DayBooks } from '../../../src/application/reconciliation/day-books.ts'
import type { Difference } from '../../../src/domain/discrepancy.ts'
import { fen } from '../../../src/domain/money.ts'
import type { Payment } from '../../../src/domain/payment.ts'
import type { ReconciliationSummary } from '../../../src/domain/reconciliation.ts'
import type { Refund } from '../../../src/domain/refund.ts'
import { startOfDay } from '../../../src/domain/shanghai-day.ts'
import {
  billDay,
  entityId,
  IDENTITIES,
  keptBill,
  outTradeNo,
  type PaymentIn,
  paidPayment,
  type RefundIn,
  refundNo,
  successfulRefund,
} from '../../support/builders.ts'
import { given } from '../../support/glances.ts'

export type PaymentRow = Extract<BillRow, { kind: 'payment' }>
export type RefundRow = Extract<BillRow, { kind: 'refund' }>

/** A moment of the day whose bill is compared, in milliseconds from its beginning. */
export const during = (ms = 3_600_000): Date => new Date(startOfDay(billDay()).getTime() + ms)
export const DAY_MS = 86_400_000

export const transactionId = (n: number): string => `42000000012026022800${String(n).padStart(8, '0')}`
export const paymentOf = (n: number): string => `payment:${transactionId(n)}`
export const refundOf = (n: number, number = refundNo(n)): string => `refund:${outTradeNo(n)}:${number}`

export const paymentRow = (n: number, given: Partial<PaymentRow> = {}): PaymentRow => ({
  line: n + 1,
  outTradeNo: outTradeNo(n),
  transactionId: transactionId(n),
  amount: fen(9900),
  feeFen: 59,
  netFen: 9841,
  at: during().getTime(),
  status: 'success',
  statusText: 'SUCCESS',
  ...given,
  kind: 'payment',
})

export const refundRow = (n: number, given: Partial<RefundRow> = {}): RefundRow => ({
  line: n + 1,
  outTradeNo: outTradeNo(n),
  transactionId: transactionId(n),
  amount: fen(3300),
  feeFen: -20,
  netFen: -3280,
  at: during().getTime(),
  refundNo: refundNo(n),
  refundId: `503000${n}`,
  status: 'success',
  statusText: 'SUCCESS',
  ...given,
  kind: 'refund',
})

export const unreadableRow = (line: number): BillRow => ({
  kind: 'unreadable',
  line,
  text: '`2026-02-28,`??',
  reason: 'too few columns',
})

/** What the nth payment is named by, whatever became of it. */
export const nth = (n: number) => ({ id: entityId(n), orderId: entityId(n), outTradeNo: outTradeNo(n) })

/** The nth payment as the books have it when it is paid, with its receipt. */
export const bookPayment = async (
  store: MemoryStore,
  n: number,
  given: Partial<PaymentIn<'paid'>> = {},
  receipt: Partial<PaymentTransaction> = {},
): Promise<void> => {
  const payment = paidPayment({ ...nth(n), transactionId: transactionId(n), paidAt: during(), ...given })
  await book(store, payment)
  await bookReceipt(store, n, payment, receipt)
}

/** What the gateway says of the nth payment where it was paid as the books have it. */
export const paid = (n: number, given: Partial<Receipt> = {}): TradeState => ({
  state: 'paid',
  receipt: {
    outTradeNo: outTradeNo(n),
    transactionId: transactionId(n),
    identity: IDENTITIES.wechat,
    amount: fen(9900),
    currency: 'CNY',
    paidAt: during(),
    payer: undefined,
    ...given,
  },
  refunded: 'none',
})

/** A payment as it is, without a receipt. */
export const book = (store: MemoryStore, payment: Payment): Promise<unknown> =>
  store.transaction.run(async ({ payments }) => ok(await payments.insert(payment, payment.createdAt)))

export const bookReceipt = (
  store: MemoryStore,
  n: number,
  payment: PaymentIn<'paid'>,
  given: Partial<PaymentTransaction> = {},
): Promise<unknown> => {
  const receipt: PaymentTransaction = {
    id: entityId(1_000_000 + n),
    provider: payment.provider,
    transactionId: payment.transactionId,
    outTradeNo: payment.outTradeNo,
    paymentId: payment.id,
    orderId: payment.orderId,
    identity: IDENTITIES[payment.provider],
    amount: payment.amount,
    currency: 'CNY',
    disposition: 'settled',
    payer: undefined,
    source: 'notification',
    paidAt: payment.paidAt,
    createdAt: payment.paidAt,
    ...given,
  }
  return store.transaction.run(async ({ transactions }) => ok(await transactions.insert(receipt)))
}

/** What the nth refund is named by, of the nth payment. */
export const nthRefund = (n: number) => ({
  refundNo: refundNo(n),
  orderId: entityId(n),
  paymentId: entityId(n),
  amount: fen(3300),
})

/** The nth refund as the books have it when it went through. */
export const bookRefund = (store: MemoryStore, n: number, given: Partial<RefundIn<'success'>> = {}): Promise<unknown> =>
  bookAnyRefund(store, successfulRefund({ ...nthRefund(n), refundId: `503000${n}`, processedAt: during(), ...given }))

export const bookAnyRefund = (store: MemoryStore, refund: Refund): Promise<unknown> =>
  store.transaction.run(async ({ refunds }) => ok(await refunds.insert(refund)))

const NO_CONTENT: BillContent = {
  size: 1000,
  read() {
    throw new Error('the rows of the test are not written down')
  },
}

/** A bill whose rows are told so many at a time. */
export const readerOf = (rows: readonly BillRow[], last: BillPart = END, atOnce = 7): ReadBill =>
  async function* (_format, _content, reading) {
    for (let start = 0; start < rows.length; start += atOnce)
      yield {
        type: 'rows',
        rows: given(rows.slice(start, start + atOnce), reading),
        bytesRead: (1000 * start) / rows.length,
      }
    yield last
  }

const END: BillPart = { type: 'end', head: { merchantId: IDENTITIES.wechat.merchantId, day: billDay() } }

export type Compared = {
  readonly differences: readonly Difference[]
  readonly elsewhere: readonly string[]
  readonly summary: ReconciliationSummary | undefined
  readonly broken: string | undefined
  readonly progress: readonly number[]
}

/** A whole comparison of a bill with these books. */
export const compared = async (
  books: DayBooks,
  readBill: ReadBill,
  request: Partial<CompareRequest> = {},
): Promise<Compared> => {
  const archive = { open: () => NO_CONTENT }
  const compare = compareBill({ archive, books, readBill: () => readBill, randomness: seededRandomness(1) })
  const found = { differences: [] as Difference[], elsewhere: [] as string[], progress: [] as number[] }
  for await (const part of compare({ bill: keptBill(), merchantId: IDENTITIES.wechat.merchantId, ...request })) {
    if (part.type === 'progress') found.progress.push(part.done)
    if (part.type === 'found') {
      found.differences.push(...part.differences)
      found.elsewhere.push(...part.elsewhere)
    }
    if (part.type === 'done') return { ...found, summary: part.summary, broken: undefined }
    if (part.type === 'broken') return { ...found, summary: undefined, broken: part.reason }
  }
  throw new Error('a comparison that has no end')
}

/** What was found, as `class subject`, sorted. */
export const named = (differences: readonly Pick<Difference, 'class' | 'subject'>[]): readonly string[] =>
  differences.map(({ class: kind, subject }) => `${kind} ${subject}`).toSorted()
