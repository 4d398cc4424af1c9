import type { Fen } from '../../domain/money.ts'
import type { PaymentStatus, Provider } from '../../domain/payment.ts'
import type { RefundStatus } from '../../domain/refund.ts'
import type { Cursor, Span } from '../page.ts'

/** A payment that was taken on a day, as its receipt tells it. */
export type BookedReceipt = {
  readonly id: string
  readonly outTradeNo: string
  readonly transactionId: string
  readonly amount: Fen
  /** When it was paid, in epoch milliseconds: a million dates would be made for nothing. */
  readonly at: number
}

/** A refund that went through on a day. */
export type BookedRefund = {
  readonly refundNo: string
  readonly outTradeNo: string
  readonly amount: Fen
  /** When it went through, in epoch milliseconds. */
  readonly at: number
}

/** What the books have under a number, whenever it was. */
export type KnownPayment = {
  readonly paymentId: string
  readonly amount: Fen
  readonly status: PaymentStatus
  /** Of the receipt that it was paid with. */
  readonly paid: { readonly transactionId: string; readonly at: Date } | undefined
}

export type KnownRefund = {
  readonly refundNo: string
  readonly amount: Fen
  readonly status: RefundStatus
  readonly processedAt: Date | undefined
}

/** The books as they are held against a bill: only what is compared, so that a million rows are read in a moment. */
export interface DayBooks {
  /** Oldest first, from behind the cursor on; those only that were booked as paid. */
  receipts(provider: Provider, span: Span, after: Cursor | undefined, limit: number): Promise<readonly BookedReceipt[]>
  /** Oldest first, from behind the cursor on. */
  refunds(provider: Provider, span: Span, after: Cursor | undefined, limit: number): Promise<readonly BookedRefund[]>
  findPayment(provider: Provider, outTradeNo: string): Promise<KnownPayment | undefined>
  /** By our number, by the one the gateway has for a refund that was made elsewhere, or by the gateway's own. */
  findRefund(
    provider: Provider,
    outTradeNo: string,
    number: string,
    refundId: string | undefined,
  ): Promise<KnownRefund | undefined>
  /** Which of these were found in the bill of another day than they have in the books. */
  matchedElsewhere(provider: Provider, subjects: readonly string[]): Promise<ReadonlySet<string>>
  /** When the first payment of this provider was begun. */
  firstPaymentAt(provider: Provider): Promise<Date | undefined>
}
