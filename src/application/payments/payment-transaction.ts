import type { Currency, Fen } from '../../domain/money.ts'
import type { GatewayIdentity, Provider } from '../../domain/payment.ts'

/** Where a verified receipt ended up; each has exactly one. */
export type Disposition =
  | 'settled'
  | 'honoured'
  | 'surplus'
  | 'late'
  | 'amount_mismatch'
  | 'unknown_order'
  | 'contradiction'

/** One verified receipt of the gateway, kept for ever: `(provider, transactionId)` is unique. */
export type PaymentTransaction = {
  readonly id: string
  readonly provider: Provider
  readonly transactionId: string
  readonly outTradeNo: string
  readonly paymentId: string | undefined
  readonly orderId: string | undefined
  readonly identity: GatewayIdentity
  readonly amount: Fen
  readonly currency: Currency
  readonly disposition: Disposition
  /** openid or buyer id; stored encrypted. */
  readonly payer: string | undefined
  readonly source: 'notification' | 'query' | 'ledger'
  readonly paidAt: Date
  readonly createdAt: Date
}

/** Where a receipt ends whose payment is known. */
export type BookedReceipt = Pick<PaymentTransaction, 'paymentId' | 'orderId' | 'disposition'>

export interface PaymentTransactionReader {
  find(provider: Provider, transactionId: string): Promise<PaymentTransaction | undefined>
  /** Oldest first. */
  listByOrder(orderId: string): Promise<readonly PaymentTransaction[]>
}

export interface PaymentTransactionRepository extends PaymentTransactionReader {
  /** `false` where this receipt is known already; nothing is written then. */
  insert(transaction: PaymentTransaction): Promise<boolean>
  /** Gives a receipt that was held the end it has found; `false` where it is held no more. */
  book(held: PaymentTransaction, end: BookedReceipt): Promise<boolean>
}
