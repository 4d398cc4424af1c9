import type { Provider } from '../../domain/payment.ts'
import type { Refund, RefundStatus } from '../../domain/refund.ts'
import type { Page, PageRequest, TimeRange } from '../page.ts'
import type { Versioned } from '../versioned.ts'

/** `outTradeNo` and `transactionId` are those of the payment that is refunded. */
export type RefundFilter = TimeRange & {
  readonly userId?: string | undefined
  readonly provider?: Provider | undefined
  readonly status?: RefundStatus | undefined
  readonly outTradeNo?: string | undefined
  readonly transactionId?: string | undefined
}

export interface RefundReader {
  find(refundNo: string): Promise<Versioned<Refund> | undefined>
  /** Oldest first. */
  listByPayment(paymentId: string): Promise<readonly Versioned<Refund>[]>
  /** Oldest first. */
  listByOrder(orderId: string): Promise<readonly Versioned<Refund>[]>
  /** Newest first. */
  list(filter: RefundFilter, page: PageRequest): Promise<Page<Versioned<Refund>>>
}

/** A processing refund whose turn it is, leased to the caller. `attempts` counts the claims so far, this one included. */
export type DueRefund = { readonly refund: Versioned<Refund>; readonly attempts: number }

export interface RefundRepository extends RefundReader {
  /** Inserts it; one that is `processing` is due at once. `false` where its number is taken; nothing is written then. */
  insert(refund: Refund): Promise<boolean>
  /** Writes only if nobody wrote since `before` was read. One that becomes `processing` is due at once, one that leaves it never. */
  replace(before: Versioned<Refund>, after: Refund, at: Date): Promise<boolean>
  /** Takes up to `limit` due ones by pushing their due time to `leaseUntil`, so that two processes never take one together. */
  claimDue(now: Date, leaseUntil: Date, limit: number): Promise<readonly DueRefund[]>
  /** Gives it to the caller until then, as its so manieth turn, as a claim would; only while it is `processing`. */
  lease(refundNo: string, until: Date, turn: number): Promise<void>
  /** When it is to be looked at next; only while it is `processing`. */
  postpone(refundNo: string, until: Date): Promise<void>
}
