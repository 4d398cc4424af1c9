import { err, ok, type Result } from 'neverthrow'
import type { GatewayNotification, NotificationError } from '../../../application/payments/payment-gateway.ts'
import { ZERO_FEN } from '../../../domain/money.ts'
import type { GatewayIdentity } from '../../../domain/payment.ts'
import type { AlipayVerifier } from './alipay-key.ts'
import { type NotificationFields, readFields } from './notification-fields.ts'
import { parseForm } from './notification-form.ts'
import { verifyForm } from './notification-signature.ts'

type Reader = {
  readonly identity: GatewayIdentity
  readonly verifies: AlipayVerifier
  /** For the messages that carry no time of their own. */
  readonly now: () => Date
}

/** From the raw bytes of a request to what Alipay says: verified, meant for us and readable, or an error. */
export const readAlipayNotification = (
  body: Uint8Array,
  { identity, verifies, now }: Reader,
): Result<GatewayNotification, NotificationError> => {
  const form = parseForm(body)
  if (form.isErr()) return unreadable(false, form.error)
  const proof = verifyForm(form.value, verifies)
  if (proof.isErr()) return err(proof.error)
  const fields = readFields(form.value)
  if (fields.isErr()) return unreadable(true, fields.error)
  const { app_id: appId, notify_id: notificationId } = fields.value
  if (appId === undefined || notificationId === undefined) return unreadable(true, 'no app_id or no notify_id')
  if (isForeign(fields.value, identity)) return err(foreign(fields.value, appId, notificationId))
  return isTrade(fields.value)
    ? toNotification(fields.value, notificationId, identity)
    : ok(otherMessage(fields.value, notificationId, now))
}

const unreadable = (signed: boolean, reason: string): Result<never, NotificationError> =>
  err({ code: 'NOTIFICATION_UNREADABLE', signed, reason })

const isTrade = (fields: NotificationFields): boolean =>
  fields.notify_type === 'trade_status_sync' && fields.trade_status !== undefined

/** Only messages about a trade name the seller. */
const isForeign = (fields: NotificationFields, identity: GatewayIdentity): boolean =>
  fields.app_id !== identity.appId ||
  (fields.auth_app_id !== undefined && fields.auth_app_id !== identity.appId) ||
  (isTrade(fields) && identity.merchantId !== '' && fields.seller_id !== identity.merchantId)

const foreign = (fields: NotificationFields, appId: string, notificationId: string): NotificationError => ({
  code: 'FOREIGN_IDENTITY',
  notificationId,
  outTradeNo: fields.out_trade_no,
  identity: { merchantId: fields.seller_id ?? '', appId: fields.auth_app_id ?? appId },
})

/** A message of another family, such as a refund that came back from the payer's bank card. */
const otherMessage = (fields: NotificationFields, notificationId: string, now: () => Date): GatewayNotification => ({
  kind: 'other',
  notificationId,
  eventAt: fields.utc_timestamp ?? fields.notify_time ?? now(),
  outTradeNo: fields.out_trade_no,
  description: fields.msg_method ?? fields.notify_type ?? 'a message without a type',
})

type Heading = {
  readonly notificationId: string
  readonly identity: GatewayIdentity
  readonly outTradeNo: string
  readonly notifiedAt: Date
}

const toNotification = (
  fields: NotificationFields,
  notificationId: string,
  identity: GatewayIdentity,
): Result<GatewayNotification, NotificationError> => {
  const { out_trade_no: outTradeNo, notify_time: notifiedAt, trade_status: status = '' } = fields
  if (outTradeNo === undefined || notifiedAt === undefined) return unreadable(true, 'no out_trade_no or no notify_time')
  const heading = { notificationId, identity, outTradeNo, notifiedAt }
  if (tellsOfRefund(fields)) return ok(refundChanged(fields, heading))
  switch (status) {
    case 'TRADE_SUCCESS':
    case 'TRADE_FINISHED':
      return paymentSucceeded(fields, heading)
    case 'TRADE_CLOSED':
      return ok(paymentClosed(fields, heading))
    default: // WAIT_BUYER_PAY, and what Alipay may invent: never read as a payment.
      return ok({
        kind: 'other',
        notificationId,
        eventAt: notifiedAt,
        outTradeNo,
        description: `trade_status ${status}`,
      })
  }
}

/**
 * A refund repeats the status of a payment (TRADE_SUCCESS after a part, TRADE_CLOSED after all of it). A trade that was
 * paid and is closed went back as well, even where no refund field says so.
 */
const tellsOfRefund = (fields: NotificationFields): boolean =>
  fields.gmt_refund !== undefined ||
  fields.out_biz_no !== undefined ||
  (fields.refund_fee ?? ZERO_FEN) > 0 ||
  (fields.trade_status === 'TRADE_CLOSED' && fields.gmt_payment !== undefined)

const paymentClosed = (
  fields: NotificationFields,
  { notificationId, identity, outTradeNo, notifiedAt }: Heading,
): GatewayNotification => ({
  kind: 'payment_closed',
  notificationId,
  eventAt: fields.gmt_close ?? notifiedAt,
  outTradeNo,
  identity,
})

/** Only a hint to ask: `refund_fee` is the total of the trade, and `out_biz_no` may be a trade's number. */
const refundChanged = (
  fields: NotificationFields,
  { notificationId, identity, outTradeNo, notifiedAt }: Heading,
): GatewayNotification => {
  const at = fields.gmt_refund ?? notifiedAt
  const refund = {
    outTradeNo,
    refundNo: fields.out_biz_no,
    refundId: undefined,
    transactionId: fields.trade_no,
    amount: undefined,
    status: 'unknown',
    at,
  } as const
  return { kind: 'refund_changed', notificationId, eventAt: at, identity, refund }
}

const paymentSucceeded = (
  fields: NotificationFields,
  { notificationId, identity, outTradeNo, notifiedAt }: Heading,
): Result<GatewayNotification, NotificationError> => {
  const { trade_no: transactionId, total_amount: amount } = fields
  if (transactionId === undefined || amount === undefined) return unreadable(true, 'no trade_no or no total_amount')
  const paidAt = fields.gmt_payment ?? notifiedAt
  const payer = fields.buyer_id ?? fields.buyer_open_id
  return ok({
    kind: 'payment_succeeded',
    notificationId,
    eventAt: paidAt,
    receipt: { outTradeNo, transactionId, identity, amount, currency: 'CNY', paidAt, payer },
  })
}
