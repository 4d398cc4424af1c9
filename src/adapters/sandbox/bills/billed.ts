import { type Fen } from '../../../domain/money.ts'

/** One movement of money as every gateway's bill tells it; each gateway's rows add what it alone knows. */
export type Billed = {
  readonly kind: 'payment' | 'refund'
  readonly at: number
  readonly outTradeNo: string
  readonly transactionId: string
  /** Of a refund; empty on a payment. */
  readonly refundNo: string
  /** The price of the order, or what of it was asked back. */
  readonly amount: Fen
  /** The part of the amount that a coupon of the merchant's own stood for. */
  readonly discount: Fen
  readonly title: string
  /** What the row says has become of it. */
  readonly state: string
  /** Written so that nobody can read it. */
  readonly spoilt?: SpoiltPart
}

export type SpoiltPart = 'amount' | 'time' | 'columns'

/** How a file differs in form from what is usual. */
export type Oddity = 'decimal_counts' | 'no_bom' | 'lf_only' | 'old_columns' | 'wrong_count' | 'wrong_sum'

export type Oddities = ReadonlySet<Oddity>

/** What the merchant's balance gains or loses by it, before the fee. */
export const receivedFen = ({ kind, amount, discount }: Billed): number =>
  kind === 'payment' ? amount - discount : discount - amount

/** 0.60 % of it, rounded to the fen; what a refund gives back is negative. */
export const feeFen = (row: Billed): number => {
  const received = receivedFen(row)
  return received < 0 ? givenBack(-received) : charged(received)
}

const charged = (received: number): number => Math.floor((received * 6 + 500) / 1000)

const givenBack = (received: number): number => {
  const fee = charged(received)
  return fee === 0 ? 0 : -fee
}

/** A number in which a letter stands for a digit. */
export const illegible = (number: string): string => `${number.slice(0, -1)}O`

export const lineEnd = (oddities: Oddities): '\n' | '\r\n' => (oddities.has('lf_only') ? '\n' : '\r\n')
