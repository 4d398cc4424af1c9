import type { Order } from '../../domain/order.ts'
import type { PaymentFacts } from '../../domain/payment.ts'
import type { Ids } from '../ids.ts'
import type { RiskQuestion } from '../risk/judge-risk.ts'
import type { CreatePaymentInput } from './create-payment.ts'
import type { PaymentGateway } from './payment-gateway.ts'

export type PayableError =
  | { readonly code: 'ORDER_NOT_PAYABLE' }
  | { readonly code: 'DUPLICATE_PAYMENT' }
  | { readonly code: 'PAYMENT_TIMEOUT' }
  | { readonly code: 'AMOUNT_MISMATCH' }

/** What is asked before somebody may open a payment. */
export const riskOfPayment = (order: Order, address: string | undefined, at: Date): RiskQuestion => ({
  action: 'create_payment',
  userId: order.userId,
  address,
  orderId: order.id,
  amount: order.amount,
  at,
})

/** Who takes the money, as an attempt remembers it. */
export type Payee = Pick<PaymentGateway, 'identity' | 'credentialsVersion' | 'notifyUrl'>

export type PendingPayment = PaymentFacts & { readonly status: 'pending' }

/** Why an order can't be paid now, if it can't. */
export const refusalOf = (
  order: Order,
  { amount }: Pick<CreatePaymentInput, 'amount'>,
  at: Date,
): PayableError | undefined => {
  switch (order.status) {
    case 'paid':
    case 'partially_refunded':
      return { code: 'DUPLICATE_PAYMENT' }
    case 'refunded':
    case 'cancelled':
      return { code: 'ORDER_NOT_PAYABLE' }
    case 'expired':
      return { code: 'PAYMENT_TIMEOUT' }
    case 'pending':
      if (at >= order.expiresAt) return { code: 'PAYMENT_TIMEOUT' }
      return amount === undefined || amount === order.amount ? undefined : { code: 'AMOUNT_MISMATCH' }
  }
}

/** A first attempt, with everything that its later repeats repeat word for word. */
export const newAttempt = (
  ids: Ids,
  gateway: Payee,
  order: Order,
  { provider, method, subject, openid, returnUrl, clientIp }: CreatePaymentInput,
  at: Date,
): PendingPayment => ({
  id: ids.entity(),
  orderId: order.id,
  userId: order.userId,
  provider,
  method,
  outTradeNo: ids.outTradeNo(at),
  amount: order.amount,
  currency: order.currency,
  identity: gateway.identity,
  credentialsVersion: gateway.credentialsVersion,
  request: { subject: subject ?? subjectOf(order), notifyUrl: gateway.notifyUrl, returnUrl, openid, clientIp },
  expiresAt: order.expiresAt,
  createdAt: at,
  status: 'pending',
})

const subjectOf = ({ items }: Order): string => {
  const [first] = items
  const name = first?.name ?? '商品'
  return items.length > 1 ? `${name} 等${items.length}件商品` : name
}
