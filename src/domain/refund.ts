import { err, ok, type Result } from 'neverthrow'
import { addFen, type Currency, type Fen, subtractFen, sumFen, ZERO_FEN } from './money.ts'
import { type Payment, type Provider, refundedOf } from './payment.ts'

/** One refund: one `refundNo`, one amount, stored before the first call and repeated unchanged. */
export type RefundFacts = {
  readonly refundNo: string
  readonly orderId: string
  readonly paymentId: string
  readonly userId: string
  readonly provider: Provider
  readonly amount: Fen
  readonly currency: Currency
  readonly reason: string
  /** A user id, `system` (surplus and late payments) or `gateway` (made in the gateway's own console). */
  readonly requestedBy: string
  readonly createdAt: Date
}

export type Refund = RefundFacts &
  (
    | { readonly status: 'pending' }
    | { readonly status: 'cancelled'; readonly reasonGiven: string; readonly processedAt: Date }
    /** `refundId` is known once the gateway has accepted; `abnormal` needs a person but keeps its room. */
    | { readonly status: 'processing'; readonly refundId: string | undefined; readonly abnormal: boolean }
    | { readonly status: 'success'; readonly refundId: string | undefined; readonly processedAt: Date }
    | {
        readonly status: 'failed'
        readonly refundId: string | undefined
        readonly failureReason: string
        readonly processedAt: Date
      }
  )

export type RefundStatus = Refund['status']

export type RefundEvent =
  | { readonly type: 'approved'; readonly at: Date }
  | { readonly type: 'rejected'; readonly reason: string; readonly at: Date }
  /** The gateway took it in hand; money has not moved yet. */
  | { readonly type: 'accepted'; readonly refundId: string | undefined; readonly at: Date }
  | { readonly type: 'turned_abnormal'; readonly refundId: string | undefined; readonly at: Date }
  | { readonly type: 'succeeded'; readonly refundId: string | undefined; readonly amount: Fen; readonly at: Date }
  /** A definite "no" from the gateway, never a timeout. */
  | { readonly type: 'failed'; readonly reason: string; readonly at: Date }
  | { readonly type: 'retried'; readonly at: Date }

type RefundNamed<T> = {
  readonly type: T
  readonly refundNo: string
  readonly orderId: string
  readonly paymentId: string
  readonly at: Date
}
export type RefundDomainEvent =
  | RefundNamed<'refund.requested'>
  | RefundNamed<'refund.approved'>
  | (RefundNamed<'refund.cancelled'> & { readonly reason: string })
  | RefundNamed<'refund.accepted'>
  | RefundNamed<'refund.abnormal'>
  | (RefundNamed<'refund.succeeded'> & { readonly refundId: string | undefined })
  | (RefundNamed<'refund.failed'> & { readonly reason: string })
  | RefundNamed<'refund.retried'>

export type RefundError =
  | { readonly code: 'AMOUNT_MISMATCH'; readonly expected: Fen; readonly actual: Fen }
  /** The gateway names another refund of its own under our number: one of the two must be somebody else's. */
  | { readonly code: 'REFUND_ID_MISMATCH'; readonly expected: string; readonly actual: string }
  | { readonly code: 'REFUND_NOT_PENDING'; readonly status: RefundStatus }
  | { readonly code: 'REFUND_NOT_PROCESSING'; readonly status: RefundStatus }
  | { readonly code: 'REFUND_NOT_FAILED'; readonly status: RefundStatus }
  | { readonly code: 'REFUND_ALREADY_SUCCEEDED' }

export type RefundTransition = readonly [Refund, readonly RefundDomainEvent[]]
type On<T extends RefundEvent['type']> = Extract<RefundEvent, { type: T }>
type Outcome = Result<RefundTransition, RefundError>

/** The refund's machine: total, silent on repeats, refusing contradictions. */
export const transitionRefund = (refund: Refund, event: RefundEvent): Outcome => {
  switch (event.type) {
    case 'approved':
      return approved(refund, event)
    case 'rejected':
      return rejected(refund, event)
    case 'accepted':
      return accepted(refund, event)
    case 'turned_abnormal':
      return turnedAbnormal(refund, event)
    case 'succeeded':
      return succeeded(refund, event)
    case 'failed':
      return failed(refund, event)
    case 'retried':
      return retried(refund, event)
  }
}

/** The parts of a refund that no event changes. */
export const refundFacts = (refund: Refund): RefundFacts => ({
  refundNo: refund.refundNo,
  orderId: refund.orderId,
  paymentId: refund.paymentId,
  userId: refund.userId,
  provider: refund.provider,
  amount: refund.amount,
  currency: refund.currency,
  reason: refund.reason,
  requestedBy: refund.requestedBy,
  createdAt: refund.createdAt,
})

/** Waiting or under way: its amount is taken and no other refund may use it. */
export const isReserving = (refund: Refund): boolean => refund.status === 'pending' || refund.status === 'processing'

/** What has gone back and what is still held by refunds that wait or are under way. */
export const refundTotals = (refunds: readonly Refund[]): { readonly returned: Fen; readonly reserved: Fen } => ({
  returned: sumFen(refunds.filter(({ status }) => status === 'success').map(({ amount }) => amount)),
  reserved: sumFen(refunds.filter(isReserving).map(({ amount }) => amount)),
})

/** What may still be asked back: paid less refunded less what other refunds hold, and zero where nothing was paid. */
export const refundableOf = (payment: Payment, refunds: readonly Refund[]): Fen => {
  switch (payment.status) {
    case 'pending':
    case 'failed':
    case 'closed':
      return ZERO_FEN
    case 'paid':
    case 'partially_refunded':
    case 'refunded': {
      const taken = addFen(refundedOf(payment), refundTotals(refunds).reserved)
      // A refund made in the gateway's own console asks nobody here, so it may use room that others hold.
      return taken > payment.amount ? ZERO_FEN : subtractFen(payment.amount, taken)
    }
  }
}

const named = <T extends RefundDomainEvent['type']>(type: T, refund: Refund, at: Date) =>
  ({ type, refundNo: refund.refundNo, orderId: refund.orderId, paymentId: refund.paymentId, at }) as const

const approved = (refund: Refund, event: On<'approved'>): Outcome => {
  switch (refund.status) {
    case 'pending':
      return ok([
        { ...refundFacts(refund), status: 'processing', refundId: undefined, abnormal: false },
        [named('refund.approved', refund, event.at)],
      ])
    case 'processing':
      return ok([refund, []])
    case 'cancelled':
    case 'success':
    case 'failed':
      return err({ code: 'REFUND_NOT_PENDING', status: refund.status })
  }
}

const rejected = (refund: Refund, event: On<'rejected'>): Outcome => {
  switch (refund.status) {
    case 'pending':
      return ok([
        { ...refundFacts(refund), status: 'cancelled', reasonGiven: event.reason, processedAt: event.at },
        [{ ...named('refund.cancelled', refund, event.at), reason: event.reason }],
      ])
    case 'cancelled':
      return ok([refund, []])
    case 'processing':
    case 'success':
    case 'failed':
      return err({ code: 'REFUND_NOT_PENDING', status: refund.status })
  }
}

type Named = On<'accepted'> | On<'turned_abnormal'> | On<'succeeded'>

/** A second number of the gateway under one of ours contradicts the first, whatever else the message says. */
const otherRefundId = (refund: Refund, { refundId: actual }: Named): Outcome | undefined => {
  const expected = 'refundId' in refund ? refund.refundId : undefined
  if (expected === undefined || actual === undefined || expected === actual) return undefined
  return err({ code: 'REFUND_ID_MISMATCH', expected, actual })
}

const accepted = (refund: Refund, event: On<'accepted'>): Outcome => {
  const mismatch = otherRefundId(refund, event)
  if (mismatch !== undefined) return mismatch
  switch (refund.status) {
    case 'processing':
      if (refund.refundId !== undefined || event.refundId === undefined) return ok([refund, []])
      return ok([{ ...refund, refundId: event.refundId }, [named('refund.accepted', refund, event.at)]])
    case 'success': // An older answer that was overtaken by the success.
      return ok([refund, []])
    case 'pending':
    case 'cancelled':
    case 'failed':
      return err({ code: 'REFUND_NOT_PROCESSING', status: refund.status })
  }
}

const turnedAbnormal = (refund: Refund, event: On<'turned_abnormal'>): Outcome => {
  const mismatch = otherRefundId(refund, event)
  if (mismatch !== undefined) return mismatch
  switch (refund.status) {
    case 'processing':
      if (refund.abnormal) return ok([refund, []])
      return ok([
        { ...refund, refundId: refund.refundId ?? event.refundId, abnormal: true },
        [named('refund.abnormal', refund, event.at)],
      ])
    case 'success': // ABNORMAL can still end in SUCCESS at WeChat Pay, and the older message may come last.
      return ok([refund, []])
    case 'pending':
    case 'cancelled':
    case 'failed':
      return err({ code: 'REFUND_NOT_PROCESSING', status: refund.status })
  }
}

const succeeded = (refund: Refund, event: On<'succeeded'>): Outcome => {
  if (event.amount !== refund.amount)
    return err({ code: 'AMOUNT_MISMATCH', expected: refund.amount, actual: event.amount })
  const mismatch = otherRefundId(refund, event)
  if (mismatch !== undefined) return mismatch
  switch (refund.status) {
    case 'processing': {
      const refundId = event.refundId ?? refund.refundId
      return ok([
        { ...refundFacts(refund), status: 'success', refundId, processedAt: event.at },
        [{ ...named('refund.succeeded', refund, event.at), refundId }],
      ])
    }
    case 'success':
      return ok([refund, []])
    case 'pending':
    case 'cancelled':
    case 'failed': // The caller retries it first, so that its room is taken again under the guard.
      return err({ code: 'REFUND_NOT_PROCESSING', status: refund.status })
  }
}

const failed = (refund: Refund, event: On<'failed'>): Outcome => {
  switch (refund.status) {
    case 'processing':
      return ok([
        {
          ...refundFacts(refund),
          status: 'failed',
          refundId: refund.refundId,
          failureReason: event.reason,
          processedAt: event.at,
        },
        [{ ...named('refund.failed', refund, event.at), reason: event.reason }],
      ])
    case 'failed':
      return ok([refund, []])
    case 'success':
      return err({ code: 'REFUND_ALREADY_SUCCEEDED' })
    case 'pending':
    case 'cancelled':
      return err({ code: 'REFUND_NOT_PROCESSING', status: refund.status })
  }
}

const retried = (refund: Refund, event: On<'retried'>): Outcome => {
  switch (refund.status) {
    case 'failed':
      return ok([
        { ...refundFacts(refund), status: 'processing', refundId: refund.refundId, abnormal: false },
        [named('refund.retried', refund, event.at)],
      ])
    case 'processing':
      return ok([refund, []])
    case 'pending':
    case 'cancelled':
      return err({ code: 'REFUND_NOT_FAILED', status: refund.status })
    case 'success':
      return err({ code: 'REFUND_ALREADY_SUCCEEDED' })
  }
}
