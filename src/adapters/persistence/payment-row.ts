import type { Encryption } from '../../application/encryption.ts'
import type { Versioned } from '../../application/versioned.ts'
import { fen } from '../../domain/money.ts'
import {
  isMethodOf,
  type Payment,
  type PaymentFacts,
  type PaymentMethod,
  type PaymentStatus,
  PROVIDERS,
  type Provider,
  refundedOf,
} from '../../domain/payment.ts'
import { broken, invariant, present, toColumn, toCurrency, toDate, toOptional, wordOf, wordsOf } from './row-values.ts'
import type { Row } from './schema.ts'

/** The columns that change with the payment's state. */
export type PaymentStateRow = Pick<
  Row<'payments'>,
  'status' | 'open_key' | 'refunded_fen' | 'transaction_id' | 'paid_at' | 'failure_reason'
>

export const PAYMENT_STATUSES = wordsOf<PaymentStatus>({
  pending: true,
  failed: true,
  closed: true,
  paid: true,
  partially_refunded: true,
  refunded: true,
})

/** What only one pending payment may have: the order, the provider and the method. */
export const openKey = (orderId: string, provider: Provider, method: PaymentMethod): string =>
  `${orderId}:${provider}:${method}`

/** `askAt`: when its gateway is asked about it first. */
export const toPaymentRow = (payment: Payment, encryption: Encryption, askAt: Date): Row<'payments'> => {
  const { request, identity } = payment
  return {
    id: payment.id,
    order_id: payment.orderId,
    user_id: payment.userId,
    provider: payment.provider,
    method: payment.method,
    out_trade_no: payment.outTradeNo,
    ...toPaymentState(payment),
    amount_fen: payment.amount,
    currency: payment.currency,
    merchant_id: identity.merchantId,
    app_id: identity.appId,
    credentials_version: payment.credentialsVersion,
    subject: request.subject,
    notify_url: request.notifyUrl,
    return_url: toColumn(request.returnUrl),
    openid: request.openid === undefined ? null : encryption.seal(request.openid, openidOf(payment.id)),
    client_ip: toColumn(request.clientIp),
    expires_at: payment.expiresAt.getTime(),
    created_at: payment.createdAt.getTime(),
    updated_at: payment.createdAt.getTime(),
    version: 1,
    due_at: payment.status === 'pending' ? askAt.getTime() : null,
    attempts: 0,
    last_refund_no: null,
    last_refund_at: null,
  }
}

export const toPaymentState = (payment: Payment): PaymentStateRow => {
  const unpaid = { open_key: null, refunded_fen: 0, transaction_id: null, paid_at: null, failure_reason: null }
  const { status } = payment
  switch (status) {
    case 'pending':
      return { ...unpaid, status, open_key: openKey(payment.orderId, payment.provider, payment.method) }
    case 'failed':
      return { ...unpaid, status, failure_reason: payment.failureReason }
    case 'closed':
      return { ...unpaid, status }
    case 'paid':
    case 'partially_refunded':
    case 'refunded':
      return {
        ...unpaid,
        status,
        refunded_fen: refundedOf(payment),
        transaction_id: payment.transactionId,
        paid_at: payment.paidAt.getTime(),
      }
  }
}

export const toPayment = (row: Row<'payments'>, encryption: Pick<Encryption, 'open'>): Versioned<Payment> => ({
  value: inState(row, {
    id: row.id,
    orderId: row.order_id,
    userId: row.user_id,
    provider: wordOf(PROVIDERS, row.provider),
    method: toMethod(wordOf(PROVIDERS, row.provider), row.method),
    outTradeNo: row.out_trade_no,
    amount: fen(row.amount_fen),
    currency: toCurrency(row.currency),
    identity: { merchantId: row.merchant_id, appId: row.app_id },
    credentialsVersion: row.credentials_version,
    request: {
      subject: row.subject,
      notifyUrl: row.notify_url,
      returnUrl: toOptional(row.return_url),
      openid: row.openid === null ? undefined : encryption.open(row.openid, openidOf(row.id)),
      clientIp: toOptional(row.client_ip),
    },
    expiresAt: toDate(row.expires_at),
    createdAt: toDate(row.created_at),
  }),
  version: row.version,
  updatedAt: toDate(row.updated_at),
})

const toMethod = (provider: Provider, method: string): PaymentMethod => {
  if (!isMethodOf(provider, method)) throw broken(`unknown method ${method.slice(0, 32)} of ${provider}`)
  return method
}

export const openidOf = (id: string) => ({ table: 'payments', column: 'openid', row: id })

const inState = (row: Row<'payments'>, facts: PaymentFacts): Payment => {
  const status = wordOf(PAYMENT_STATUSES, row.status)
  const unrefunded = (): void => invariant(row.refunded_fen === 0, `a ${status} payment with refunds`)
  switch (status) {
    case 'pending':
    case 'closed':
      unrefunded()
      return { ...facts, status }
    case 'failed':
      unrefunded()
      return { ...facts, status, failureReason: present(row.failure_reason, 'failure_reason') }
    case 'paid':
      unrefunded()
      return { ...facts, status, ...receipt(row) }
    case 'partially_refunded':
      return { ...facts, status, ...receipt(row), refunded: fen(row.refunded_fen) }
    case 'refunded':
      invariant(row.refunded_fen === row.amount_fen, 'a refunded payment with money left')
      return { ...facts, status, ...receipt(row) }
  }
}

const receipt = (row: Row<'payments'>): { readonly transactionId: string; readonly paidAt: Date } => ({
  transactionId: present(row.transaction_id, 'transaction_id'),
  paidAt: toDate(present(row.paid_at, 'paid_at')),
})
