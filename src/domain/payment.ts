import { err, ok, type Result } from 'neverthrow'
import { type Currency, type Fen, ZERO_FEN } from './money.ts'

export const PROVIDERS = ['wechat', 'alipay', 'points'] as const
export type Provider = (typeof PROVIDERS)[number]

export const METHODS = {
  wechat: ['WECHAT_NATIVE', 'WECHAT_JSAPI', 'WECHAT_APP', 'WECHAT_H5'],
  alipay: ['ALIPAY_QR', 'ALIPAY_WEB', 'ALIPAY_WAP', 'ALIPAY_APP'],
  points: ['POINTS'],
} as const satisfies Record<Provider, readonly string[]>
export type PaymentMethod = (typeof METHODS)[Provider][number]

export const isMethodOf = (provider: Provider, method: string): method is PaymentMethod =>
  (METHODS[provider] as readonly string[]).includes(method) // Widened only to ask; the guard narrows it again.

/** Who the money goes to, fixed when the attempt is made: a receipt settles only if all of it equals. */
export type GatewayIdentity = { readonly merchantId: string; readonly appId: string }

/** The first request towards the gateway, repeated word for word, since a gateway refuses a changed one. */
export type PaymentRequest = {
  readonly subject: string
  readonly notifyUrl: string
  readonly returnUrl: string | undefined
  readonly openid: string | undefined
  readonly clientIp: string | undefined
}

/** One attempt to pay one order towards one gateway, under one `outTradeNo`. */
export type PaymentFacts = {
  readonly id: string
  readonly orderId: string
  readonly userId: string
  readonly provider: Provider
  readonly method: PaymentMethod
  readonly outTradeNo: string
  readonly amount: Fen
  readonly currency: Currency
  readonly identity: GatewayIdentity
  /** Which version of the gateway's settings it was made under. */
  readonly credentialsVersion: string
  readonly request: PaymentRequest
  readonly expiresAt: Date
  readonly createdAt: Date
}

type Paid<S> = { readonly status: S; readonly transactionId: string; readonly paidAt: Date }

export type Payment = PaymentFacts &
  (
    | { readonly status: 'pending' }
    | { readonly status: 'failed'; readonly failureReason: string }
    | { readonly status: 'closed' }
    | Paid<'paid'>
    | (Paid<'partially_refunded'> & { readonly refunded: Fen })
    | Paid<'refunded'>
  )

export type PaymentStatus = Payment['status']

export type PaymentEvent =
  | { readonly type: 'succeeded'; readonly amount: Fen; readonly transactionId: string; readonly at: Date }
  | { readonly type: 'failed'; readonly reason: string; readonly at: Date }
  | { readonly type: 'closed'; readonly at: Date }
  /** `total` is all that has gone back so far, so facts may repeat and overtake one another. */
  | { readonly type: 'refunded'; readonly total: Fen; readonly at: Date }

export type PaymentDomainEvent =
  | { readonly type: 'payment.created'; readonly paymentId: string; readonly orderId: string; readonly at: Date }
  | {
      readonly type: 'payment.succeeded'
      readonly paymentId: string
      readonly orderId: string
      readonly transactionId: string
      readonly at: Date
    }
  | {
      readonly type: 'payment.failed'
      readonly paymentId: string
      readonly orderId: string
      readonly reason: string
      readonly at: Date
    }
  | { readonly type: 'payment.closed'; readonly paymentId: string; readonly orderId: string; readonly at: Date }
  | {
      readonly type: 'payment.refunded'
      readonly paymentId: string
      readonly orderId: string
      readonly refunded: Fen
      readonly at: Date
    }

export type PaymentError =
  | { readonly code: 'AMOUNT_MISMATCH'; readonly expected: Fen; readonly actual: Fen }
  | { readonly code: 'TRANSACTION_MISMATCH'; readonly transactionId: string }
  | { readonly code: 'PAYMENT_ALREADY_PAID' }
  | { readonly code: 'PAYMENT_NOT_PAID' }
  | { readonly code: 'REFUND_EXCEEDS_PAYMENT' }

export type PaymentTransition = readonly [Payment, readonly PaymentDomainEvent[]]
type On<T extends PaymentEvent['type']> = Extract<PaymentEvent, { type: T }>
type Outcome = Result<PaymentTransition, PaymentError>

/** The payment's machine: total, silent on repeats, refusing contradictions. */
export const transitionPayment = (payment: Payment, event: PaymentEvent): Outcome => {
  switch (event.type) {
    case 'succeeded':
      return succeeded(payment, event)
    case 'failed':
      return failed(payment, event)
    case 'closed':
      return closed(payment, event)
    case 'refunded':
      return refunded(payment, event)
  }
}

/** The parts of a payment that no event changes. */
export const paymentFacts = (payment: Payment): PaymentFacts => ({
  id: payment.id,
  orderId: payment.orderId,
  userId: payment.userId,
  provider: payment.provider,
  method: payment.method,
  outTradeNo: payment.outTradeNo,
  amount: payment.amount,
  currency: payment.currency,
  identity: payment.identity,
  credentialsVersion: payment.credentialsVersion,
  request: payment.request,
  expiresAt: payment.expiresAt,
  createdAt: payment.createdAt,
})

/** What has gone back to the payer so far. */
export const refundedOf = (payment: Payment): Fen => {
  switch (payment.status) {
    case 'pending':
    case 'failed':
    case 'closed':
    case 'paid':
      return ZERO_FEN
    case 'partially_refunded':
      return payment.refunded
    case 'refunded':
      return payment.amount
  }
}

const named = <T extends PaymentDomainEvent['type']>(type: T, payment: Payment, at: Date) =>
  ({ type, paymentId: payment.id, orderId: payment.orderId, at }) as const

const succeeded = (payment: Payment, event: On<'succeeded'>): Outcome => {
  const { amount, transactionId, at } = event
  if (amount !== payment.amount) return err({ code: 'AMOUNT_MISMATCH', expected: payment.amount, actual: amount })
  switch (payment.status) {
    case 'pending':
    case 'failed':
    case 'closed': // A verified success stays a fact when it comes late.
      return ok([
        { ...paymentFacts(payment), status: 'paid', transactionId, paidAt: at },
        [{ ...named('payment.succeeded', payment, at), transactionId }],
      ])
    case 'paid':
    case 'partially_refunded':
    case 'refunded':
      return transactionId === payment.transactionId
        ? ok([payment, []])
        : err({ code: 'TRANSACTION_MISMATCH', transactionId: payment.transactionId })
  }
}

const failed = (payment: Payment, event: On<'failed'>): Outcome => {
  switch (payment.status) {
    case 'pending':
      return ok([
        { ...paymentFacts(payment), status: 'failed', failureReason: event.reason },
        [{ ...named('payment.failed', payment, event.at), reason: event.reason }],
      ])
    case 'failed':
    case 'closed': // Both say the same of the money: this attempt took none.
      return ok([payment, []])
    case 'paid':
    case 'partially_refunded':
    case 'refunded':
      return err({ code: 'PAYMENT_ALREADY_PAID' })
  }
}

const closed = (payment: Payment, event: On<'closed'>): Outcome => {
  switch (payment.status) {
    case 'pending':
      return ok([{ ...paymentFacts(payment), status: 'closed' }, [named('payment.closed', payment, event.at)]])
    case 'failed':
    case 'closed':
      return ok([payment, []])
    case 'paid':
    case 'partially_refunded':
    case 'refunded':
      return err({ code: 'PAYMENT_ALREADY_PAID' })
  }
}

const refunded = (payment: Payment, event: On<'refunded'>): Outcome => {
  switch (payment.status) {
    case 'pending':
    case 'failed':
    case 'closed':
      return err({ code: 'PAYMENT_NOT_PAID' })
    case 'paid':
    case 'partially_refunded':
    case 'refunded':
      break
  }
  if (event.total > payment.amount) return err({ code: 'REFUND_EXCEEDS_PAYMENT' })
  if (event.total <= refundedOf(payment)) return ok([payment, []])
  const { transactionId, paidAt } = payment
  const next: Payment =
    event.total === payment.amount
      ? { ...paymentFacts(payment), status: 'refunded', transactionId, paidAt }
      : { ...paymentFacts(payment), status: 'partially_refunded', transactionId, paidAt, refunded: event.total }
  return ok([next, [{ ...named('payment.refunded', payment, event.at), refunded: event.total }]])
}
