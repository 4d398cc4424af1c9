import type { Difference } from '../../domain/discrepancy.ts'
import type { ReadableRow } from './bill.ts'
import type { BookedReceipt, BookedRefund, KnownPayment, KnownRefund } from './day-books.ts'

/** What a row of the bill comes to. `inBooksAt`: when the books have it, where they have it. */
export type Classified =
  | { readonly verdict: 'matched'; readonly inBooksAt: Date | undefined; readonly subject: string }
  | { readonly verdict: 'differs'; readonly difference: Difference }

type PaymentRow = Extract<ReadableRow, { kind: 'payment' }>
type RefundRow = Extract<ReadableRow, { kind: 'refund' }>

export const paymentSubject = (transactionId: string): string => `payment:${transactionId}`

export const refundSubject = (outTradeNo: string, number: string): string => `refund:${outTradeNo}:${number}`

/** The number of a refund on the bill: that of the gateway where its console gave none. */
export const refundNumberOf = ({ refundNo, refundId }: Pick<RefundRow, 'refundNo' | 'refundId'>): string =>
  refundNo === '' ? (refundId ?? '') : refundNo

export const classifyPayment = (row: PaymentRow, known: KnownPayment | undefined): Classified => {
  const { transactionId } = row
  const differs = (kind: Difference['class'], local: KnownPayment | undefined): Classified => ({
    verdict: 'differs',
    difference: paymentDifference(row, kind, local),
  })
  if (known === undefined) return differs('missing_local', undefined)
  // Money under a number that was paid with another transaction is not the money that is in the books.
  if (known.paid !== undefined && known.paid.transactionId !== transactionId) return differs('missing_local', undefined)
  if (known.amount !== row.amount) return differs('amount_differs', known)
  if (known.paid === undefined || row.status !== 'success') return differs('status_differs', known)
  return { verdict: 'matched', inBooksAt: known.paid.at, subject: paymentSubject(transactionId) }
}

export const classifyRefund = (row: RefundRow, known: KnownRefund | undefined): Classified => {
  const differs = (kind: Difference['class']): Classified => ({
    verdict: 'differs',
    difference: refundDifference(row, kind, known),
  })
  if (known === undefined) return differs('missing_local')
  if (known.amount !== row.amount) return differs('amount_differs')
  if (!agrees(row.status, known.status)) return differs('status_differs')
  return { verdict: 'matched', inBooksAt: known.processedAt, subject: refundSubject(row.outTradeNo, known.refundNo) }
}

/** The bill's word is that of the day it was made: what was under way then may long be through. */
const agrees = (remote: RefundRow['status'], local: KnownRefund['status']): boolean => {
  switch (remote) {
    case 'success':
      return local === 'success'
    case 'processing':
      return local === 'success' || local === 'processing'
    case 'failed':
      return local === 'failed'
    case 'other':
      return false
  }
}

/** A second row with the number of an earlier one: the books have it once. */
export const duplicateDifference = (row: ReadableRow, line: number): Difference => {
  const difference =
    row.kind === 'payment'
      ? paymentDifference(row, 'missing_local', undefined)
      : refundDifference(row, 'missing_local', undefined)
  return { ...difference, subject: `${difference.subject}#${line}`, remoteStatus: `${difference.remoteStatus} (重复)` }
}

export const unreadableDifference = (line: number, text: string, reason: string): Difference => ({
  ...NOTHING,
  class: 'unreadable',
  about: 'row',
  subject: `line:${line}`,
  remoteStatus: reason.slice(0, 64),
  rowText: text,
})

/** In the books and not on the bill. */
export const absentReceipt = ({ outTradeNo, transactionId, amount }: BookedReceipt, status: string): Difference => ({
  ...NOTHING,
  class: 'missing_remote',
  about: 'payment',
  subject: paymentSubject(transactionId),
  outTradeNo,
  transactionId,
  localAmount: amount,
  localStatus: status,
})

export const absentRefund = ({ outTradeNo, refundNo, amount }: BookedRefund): Difference => ({
  ...NOTHING,
  class: 'missing_remote',
  about: 'refund',
  subject: refundSubject(outTradeNo, refundNo),
  outTradeNo,
  refundNo,
  localAmount: amount,
  localStatus: 'success',
})

const NOTHING = {
  outTradeNo: undefined,
  refundNo: undefined,
  transactionId: undefined,
  localAmount: undefined,
  remoteAmount: undefined,
  localStatus: undefined,
  remoteStatus: undefined,
  rowText: undefined,
  withinDrift: false,
} as const

const paymentDifference = (
  { outTradeNo, transactionId, amount, statusText }: PaymentRow,
  kind: Difference['class'],
  known: KnownPayment | undefined,
): Difference => ({
  ...NOTHING,
  class: kind,
  about: 'payment',
  subject: paymentSubject(transactionId),
  outTradeNo,
  transactionId,
  localAmount: known?.amount,
  localStatus: known?.status,
  remoteAmount: amount,
  remoteStatus: statusText.slice(0, 64),
})

const refundDifference = (row: RefundRow, kind: Difference['class'], known: KnownRefund | undefined): Difference => ({
  ...NOTHING,
  class: kind,
  about: 'refund',
  subject: refundSubject(row.outTradeNo, refundNumberOf(row)),
  outTradeNo: row.outTradeNo,
  refundNo: refundNumberOf(row),
  transactionId: row.transactionId,
  localAmount: known?.amount,
  localStatus: known?.status,
  remoteAmount: row.amount,
  remoteStatus: row.statusText.slice(0, 64),
})
