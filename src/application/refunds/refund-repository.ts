import type { Refund } from '../../domain/refund.ts'
import type { Versioned } from '../versioned.ts'

export interface RefundReader {
  find(refundNo: string): Promise<Versioned<Refund> | undefined>
  /** Oldest first. */
  listByPayment(paymentId: string): Promise<readonly Versioned<Refund>[]>
  /** Oldest first. */
  listByOrder(orderId: string): Promise<readonly Versioned<Refund>[]>
}

/** A processing refund whose turn it is, leased to the caller. `attempts` counts the claims so far, this one included. */
export type DueRefund = { readonly refund: Versioned<Refund>; readonly attempts: number }

export interface RefundRepository extends RefundReader {
  /** Inserts it; one that is `processing` is due at once. */
  insert(refund: Refund): Promise<void>
  /** Writes only if nobody wrote since `before` was read. One that becomes `processing` is due at once, one that leaves it never. */
  replace(before: Versioned<Refund>, after: Refund, at: Date): Promise<boolean>
  /** Takes up to `limit` due ones by pushing their due time to `leaseUntil`, so that two processes never take one together. */
  claimDue(now: Date, leaseUntil: Date, limit: number): Promise<readonly DueRefund[]>
  /** When it is to be looked at next; only while it is `processing`. */
  postpone(refundNo: string, until: Date): Promise<void>
}
