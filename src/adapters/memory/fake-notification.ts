import { createHmac, timingSafeEqual } from 'node:crypto'
import { err, ok, type Result } from 'neverthrow'
import type {
  GatewayNotification,
  NotificationError,
  RawNotification,
} from '../../application/payments/payment-gateway.ts'
import type { GatewayIdentity } from '../../domain/payment.ts'

const SIGNATURE = 'x-fake-signature'

/** A notification as JSON, with an HMAC over its bytes. */
export const signNotification = (notification: GatewayNotification, secret: string): RawNotification => {
  const body = Buffer.from(JSON.stringify(notification))
  return { headers: { [SIGNATURE]: signatureOf(body, secret), 'content-type': 'application/json' }, body }
}

/** Reads what `signNotification` wrote with the same secret, if it is about us. */
export const readSignedNotification = (
  { headers, body }: RawNotification,
  secret: string,
  ours: GatewayIdentity,
): Result<GatewayNotification, NotificationError> => {
  const given = Buffer.from(headers[SIGNATURE] ?? '')
  const expected = Buffer.from(signatureOf(body, secret))
  if (given.length === 0) return err({ code: 'SIGNATURE_INVALID', reason: 'missing' })
  if (given.length !== expected.length || !timingSafeEqual(given, expected))
    return err({ code: 'SIGNATURE_INVALID', reason: 'mismatch' })
  const notification = JSON.parse(Buffer.from(body).toString(), reviveTime) as GatewayNotification // The signature proves who wrote it.
  const about = aboutOf(notification)
  if (about === undefined || isSame(about.identity, ours)) return ok(notification)
  return err({ code: 'FOREIGN_IDENTITY', notificationId: notification.notificationId, ...about })
}

const signatureOf = (body: Uint8Array, secret: string): string =>
  createHmac('sha256', secret).update(body).digest('hex')

const reviveTime = (name: string, value: unknown): unknown =>
  ['eventAt', 'paidAt', 'at'].includes(name) && typeof value === 'string' ? new Date(value) : value

const aboutOf = (notification: GatewayNotification) => {
  switch (notification.kind) {
    case 'payment_succeeded':
      return { identity: notification.receipt.identity, outTradeNo: notification.receipt.outTradeNo }
    case 'payment_closed':
      return { identity: notification.identity, outTradeNo: notification.outTradeNo }
    case 'refund_changed':
      return { identity: notification.identity, outTradeNo: notification.refund.outTradeNo }
    case 'other':
      return undefined
  }
}

const isSame = (a: GatewayIdentity, b: GatewayIdentity): boolean => a.merchantId === b.merchantId && a.appId === b.appId
