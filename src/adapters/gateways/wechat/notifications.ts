import { createHash } from 'node:crypto'
import { err, ok, type Result } from 'neverthrow'
import { z } from 'zod'
import type { GatewayIdentity } from '../../../domain/payment.ts'
import type {
  GatewayNotification,
  NotificationError,
  RawNotification,
  RefundFact,
} from '../../../application/payments/payment-gateway.ts'
import {
  amountField,
  numberField,
  read,
  readJson,
  refundIdField,
  textField,
  timeField,
  transactionIdField,
} from './fields.ts'
import type { PlatformKeys } from './platform-keys.ts'
import { openSealed, sealedField } from './sealed.ts'
import type { WechatMerchant } from './settings.ts'
import { verifySignature } from './signature.ts'
import { readReceipt } from './trades.ts'

type Outcome = Result<GatewayNotification, NotificationError>
type Envelope = z.infer<typeof envelopeSchema>
/** What all kinds of notification have in common once opened. */
type Opened = {
  readonly notificationId: string
  readonly eventAt: Date
  readonly eventType: string
  readonly content: unknown
  readonly facts: z.infer<typeof contentSchema>
}

const MAX_BYTES = 65_536

const envelopeSchema = z.object({
  id: z
    .string()
    .regex(/^[\x21-\x7e]{1,64}$/)
    .optional()
    .catch(undefined),
  create_time: timeField.optional().catch(undefined),
  event_type: textField(64),
  resource: sealedField.extend({ original_type: textField(64) }),
})

const contentSchema = z.object({
  mchid: textField(32),
  appid: textField(32).optional(), // Refunds come without.
  out_trade_no: numberField.optional().catch(undefined),
  trade_state: textField(32).optional(),
})

const REFUND_STATUS = { 'REFUND.SUCCESS': 'SUCCESS', 'REFUND.CLOSED': 'CLOSED', 'REFUND.ABNORMAL': 'ABNORMAL' } as const

const refundSchema = z.object({
  out_trade_no: numberField,
  transaction_id: transactionIdField,
  out_refund_no: numberField,
  refund_id: refundIdField,
  refund_status: z.enum(['SUCCESS', 'CLOSED', 'ABNORMAL']),
  success_time: timeField.optional(),
  amount: z.object({ refund: amountField }),
})

/** Verifies, decrypts and reads a callback, of a payment or of a refund. Waits for nothing from outside. */
export const readNotification = (
  merchant: WechatMerchant,
  keys: PlatformKeys,
  raw: RawNotification,
  now: Date,
): Outcome => {
  const signed = verifySignature(raw, keys, now)
  if (signed.isErr()) {
    if (signed.error === 'unknown_serial') keys.noteUnknown(raw.headers['wechatpay-serial'] ?? '')
    return err({ code: 'SIGNATURE_INVALID', reason: signed.error })
  }
  if (raw.body.length > MAX_BYTES) return unreadable('too large')
  const envelope = readJson(raw.body).andThen((json) => read(envelopeSchema, json))
  if (envelope.isErr()) return unreadable(envelope.error)
  const content = openSealed(envelope.value.resource, merchant.apiV3Keys).andThen(readJson)
  if (content.isErr()) return unreadable(content.error)
  const facts = read(contentSchema, content.value)
  if (facts.isErr()) return unreadable(facts.error)
  const notificationId = envelope.value.id ?? createHash('sha256').update(raw.body).digest('hex')
  const eventAt = envelope.value.create_time ?? signed.value
  const { event_type: eventType } = envelope.value
  const opened = { notificationId, eventAt, eventType, content: content.value, facts: facts.value }
  return foreign(merchant, opened) ?? readContent(merchant, envelope.value, opened)
}

const unreadable = (reason: string) =>
  err<never, NotificationError>({ code: 'NOTIFICATION_UNREADABLE', signed: true, reason })

/** Genuine, and another merchant's or another app's: our keys alone do not make a message ours. */
const foreign = (merchant: WechatMerchant, { notificationId, facts }: Opened): Outcome | undefined => {
  const { mchid: merchantId, appid: appId = merchant.appId, out_trade_no: outTradeNo } = facts
  if (merchantId === merchant.mchId && appId === merchant.appId) return undefined
  return err({ code: 'FOREIGN_IDENTITY', notificationId, outTradeNo, identity: { merchantId, appId } })
}

/** The signed envelope and the sealed content each say what this is; where they differ, neither is believed. */
const readContent = (merchant: WechatMerchant, { resource }: Envelope, opened: Opened): Outcome => {
  const isPayment = opened.eventType.startsWith('TRANSACTION.')
  const isRefund = opened.eventType.startsWith('REFUND.')
  if (isPayment !== (resource.original_type === 'transaction') || isRefund !== (resource.original_type === 'refund'))
    return unreadable('event_type and original_type differ')
  if (isPayment) return readPayment(opened)
  return isRefund ? readRefund({ merchantId: merchant.mchId, appId: merchant.appId }, opened) : other(opened)
}

const readPayment = (opened: Opened): Outcome => {
  const { notificationId, eventAt, eventType, content, facts } = opened
  if (eventType !== 'TRANSACTION.SUCCESS' || facts.trade_state !== 'SUCCESS') return other(opened)
  return readReceipt(content)
    .map((receipt): GatewayNotification => ({ notificationId, eventAt, kind: 'payment_succeeded', receipt }))
    .orElse(unreadable)
}

const readRefund = (identity: GatewayIdentity, opened: Opened): Outcome => {
  const { notificationId, eventAt, eventType, content } = opened
  if (!isRefundEvent(eventType)) return other(opened)
  const answer = read(refundSchema, content)
  if (answer.isErr()) return unreadable(answer.error)
  if (answer.value.refund_status !== REFUND_STATUS[eventType]) return unreadable('event_type and refund_status differ')
  const refund = toRefundFact(answer.value, eventAt)
  return ok({ notificationId, eventAt, kind: 'refund_changed', identity, refund })
}

const toRefundFact = (refund: z.infer<typeof refundSchema>, eventAt: Date): RefundFact => ({
  outTradeNo: refund.out_trade_no,
  refundNo: refund.out_refund_no,
  refundId: refund.refund_id,
  transactionId: refund.transaction_id,
  amount: refund.amount.refund,
  status: factStatus(refund.refund_status),
  at: refund.success_time ?? eventAt, // Only a success has a time of its own.
})

const factStatus = (status: 'SUCCESS' | 'CLOSED' | 'ABNORMAL'): RefundFact['status'] => {
  switch (status) {
    case 'SUCCESS':
      return 'success'
    case 'CLOSED':
      return 'closed'
    case 'ABNORMAL':
      return 'abnormal'
  }
}

const isRefundEvent = (eventType: string): eventType is keyof typeof REFUND_STATUS =>
  Object.hasOwn(REFUND_STATUS, eventType)

const other = ({ notificationId, eventAt, eventType, facts }: Opened): Outcome => {
  const description = facts.trade_state === undefined ? eventType : `${eventType} ${facts.trade_state}`
  return ok({ notificationId, eventAt, kind: 'other', outTradeNo: facts.out_trade_no, description })
}
