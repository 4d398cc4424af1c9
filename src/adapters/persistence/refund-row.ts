import type { Versioned } from '../../application/versioned.ts'
import { fen } from '../../domain/money.ts'
import { PROVIDERS } from '../../domain/payment.ts'
import type { Refund, RefundFacts, RefundStatus } from '../../domain/refund.ts'
import { present, toColumn, toCurrency, toDate, toFlag, toOptional, wordOf, wordsOf } from './row-values.ts'
import type { Row } from './schema.ts'

/** The columns that change with the refund's state. */
export type RefundStateRow = Pick<
  Row<'refunds'>,
  'status' | 'refund_id' | 'abnormal' | 'reason_given' | 'failure_reason' | 'processed_at'
>

export const REFUND_STATUSES = wordsOf<RefundStatus>({
  pending: true,
  cancelled: true,
  processing: true,
  success: true,
  failed: true,
})

export const toRefundRow = (refund: Refund): Row<'refunds'> => ({
  refund_no: refund.refundNo,
  order_id: refund.orderId,
  payment_id: refund.paymentId,
  user_id: refund.userId,
  provider: refund.provider,
  ...toRefundState(refund),
  amount_fen: refund.amount,
  currency: refund.currency,
  reason: refund.reason,
  requested_by: refund.requestedBy,
  due_at: refund.status === 'processing' ? refund.createdAt.getTime() : null,
  attempts: 0,
  created_at: refund.createdAt.getTime(),
  updated_at: refund.createdAt.getTime(),
  version: 1,
})

export const toRefundState = (refund: Refund): RefundStateRow => {
  const untouched = { refund_id: null, abnormal: 0, reason_given: null, failure_reason: null, processed_at: null }
  const { status } = refund
  switch (status) {
    case 'pending':
      return { ...untouched, status }
    case 'cancelled':
      return { ...untouched, status, reason_given: refund.reasonGiven, processed_at: refund.processedAt.getTime() }
    case 'processing':
      return { ...untouched, status, refund_id: toColumn(refund.refundId), abnormal: refund.abnormal ? 1 : 0 }
    case 'success':
      return {
        ...untouched,
        status,
        refund_id: toColumn(refund.refundId),
        processed_at: refund.processedAt.getTime(),
      }
    case 'failed':
      return {
        ...untouched,
        status,
        refund_id: toColumn(refund.refundId),
        failure_reason: refund.failureReason,
        processed_at: refund.processedAt.getTime(),
      }
  }
}

export const toRefund = (row: Row<'refunds'>): Versioned<Refund> => ({
  value: inState(row, {
    refundNo: row.refund_no,
    orderId: row.order_id,
    paymentId: row.payment_id,
    userId: row.user_id,
    provider: wordOf(PROVIDERS, row.provider),
    amount: fen(row.amount_fen),
    currency: toCurrency(row.currency),
    reason: row.reason,
    requestedBy: row.requested_by,
    createdAt: toDate(row.created_at),
  }),
  version: row.version,
  updatedAt: toDate(row.updated_at),
})

const inState = (row: Row<'refunds'>, facts: RefundFacts): Refund => {
  const status = wordOf(REFUND_STATUSES, row.status)
  const refundId = toOptional(row.refund_id)
  switch (status) {
    case 'pending':
      return { ...facts, status }
    case 'cancelled':
      return { ...facts, status, reasonGiven: present(row.reason_given, 'reason_given'), processedAt: processed(row) }
    case 'processing':
      return { ...facts, status, refundId, abnormal: toFlag(row.abnormal) }
    case 'success':
      return { ...facts, status, refundId, processedAt: processed(row) }
    case 'failed':
      return {
        ...facts,
        status,
        refundId,
        failureReason: present(row.failure_reason, 'failure_reason'),
        processedAt: processed(row),
      }
  }
}

const processed = (row: Row<'refunds'>): Date => toDate(present(row.processed_at, 'processed_at'))
