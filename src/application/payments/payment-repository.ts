import type { Order } from '../../domain/order.ts'
import type { Payment, PaymentMethod, PaymentStatus, Provider } from '../../domain/payment.ts'
import type { Page, PageRequest, TimeRange } from '../page.ts'
import type { Versioned } from '../versioned.ts'

export type PaymentFilter = TimeRange & {
  readonly userId?: string | undefined
  readonly provider?: Provider | undefined
  readonly status?: PaymentStatus | undefined
  readonly outTradeNo?: string | undefined
  /** Of any receipt of the payment, also of one that is held. */
  readonly transactionId?: string | undefined
}

export type PaymentWithOrder = { readonly payment: Versioned<Payment>; readonly order: Versioned<Order> }

export interface PaymentReader {
  find(id: string): Promise<Versioned<Payment> | undefined>
  findByOutTradeNo(outTradeNo: string): Promise<Versioned<Payment> | undefined>
  /** The payment of this number together with its order and the order's items. */
  findWithOrder(outTradeNo: string): Promise<PaymentWithOrder | undefined>
  /** The one attempt that is still pending for this order, provider and method. */
  findOpen(orderId: string, provider: Provider, method: PaymentMethod): Promise<Versioned<Payment> | undefined>
  /** Oldest first. */
  listByOrder(orderId: string): Promise<readonly Versioned<Payment>[]>
  /** Newest first. */
  list(filter: PaymentFilter, page: PageRequest): Promise<Page<Versioned<Payment>>>
}

/** A pending payment whose turn it is, leased to the caller. `attempts` counts the claims so far, this one included. */
export type DuePayment = { readonly payment: Versioned<Payment>; readonly attempts: number }

export interface PaymentRepository extends PaymentReader {
  /** `false` where the order already has a pending payment of this provider and method; nothing is written then. A pending one is due at `askAt`. */
  insert(payment: Payment, askAt: Date): Promise<boolean>
  /** Writes the new state only if nobody wrote since `before` was read; `false` means another writer won. */
  replace(before: Versioned<Payment>, after: Payment, at: Date): Promise<boolean>
  /** Takes up to `limit` due ones by pushing their due time to `leaseUntil`, so that two processes never take one together. */
  claimDue(now: Date, leaseUntil: Date, limit: number): Promise<readonly DuePayment[]>
  /** When it is to be asked about next; only while it is pending. */
  postpone(paymentId: string, until: Date): Promise<void>
  /**
   * When this refund of the payment may be sent: `at`, and then nobody else's for `gapMs`, or a later instant if another
   * one was sent less than that ago. The refund that was sent last may be sent again at any time.
   */
  takeRefundTurn(paymentId: string, refundNo: string, at: Date, gapMs: number): Promise<Date>
}
