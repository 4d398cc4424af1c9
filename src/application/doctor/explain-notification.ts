import { err, ok, type Result } from 'neverthrow'
import { type VerdictNode, type StepFacts, type VerdictStep, verdictTree } from '../../domain/callback-verdict.ts'
import { type Fen, formatYuan } from '../../domain/money.ts'
import type { GatewayIdentity } from '../../domain/payment.ts'
import type { Bilingual } from '../../domain/wording.ts'
import { outTradeNoOf } from '../notifications/handle-notification.ts'
import type { NotificationRecord } from '../notifications/notification-log.ts'
import type { FullGateway, GatewayNotification, Gateways, NotificationError } from '../payments/payment-gateway.ts'
import type { Readers } from '../transaction.ts'

type Deps = { readonly readers: Pick<Readers, 'notifications' | 'payments'>; readonly gateways: Gateways }

type Explained = Result<readonly VerdictNode[], { readonly code: 'NOT_FOUND' | 'PROVIDER_NOT_CONFIGURED' }>

/**
 * Why a message of the log was booked or not, step by step. It is read again with the settings as they are now, so it
 * also tells what would come of trying it again.
 */
export const explainNotification =
  ({ readers, gateways }: Deps) =>
  async (id: string): Promise<Explained> => {
    const record = await readers.notifications.find(id)
    if (record === undefined) return err({ code: 'NOT_FOUND' })
    const gateway = gateways.find(record.provider)
    if (gateway === undefined) return err({ code: 'PROVIDER_NOT_CONFIGURED' })
    const read = await gateway.readNotification(record.raw, record.receivedAt)
    if (read.isErr()) return ok(unreadTree(record, gateway, read.error))
    return ok(await readTree(record, gateway, readers, read.value))
  }

const same = (text: string): Bilingual => ({ zh: text, en: text })

const identityText = ({ merchantId, appId }: GatewayIdentity): string => `${merchantId || '*'} / ${appId}`

const REFUSED_AT = {
  missing: 'signature_parts',
  probe: 'signature_parts',
  algorithm: 'algorithm',
  stale: 'timestamp',
  unknown_serial: 'serial',
  mismatch: 'signature',
} as const satisfies Record<string, VerdictStep>

const unreadTree = (
  { provider }: NotificationRecord,
  { identity }: FullGateway,
  error: NotificationError,
): readonly VerdictNode[] => {
  switch (error.code) {
    case 'SIGNATURE_INVALID':
      // It was proven when it came: the keys have changed since.
      return verdictTree(provider, REFUSED_AT[error.reason], {})
    case 'NOTIFICATION_UNREADABLE':
      return verdictTree(provider, 'content', { content: { arrived: error.reason } })
    case 'FOREIGN_IDENTITY': {
      const facts = { expected: same(identityText(identity)), arrived: identityText(error.identity) }
      return verdictTree(provider, 'identity', { identity: facts })
    }
  }
}

const readTree = async (
  { provider, verdict }: NotificationRecord,
  { identity }: FullGateway,
  { payments }: Pick<Readers, 'payments'>,
  notification: GatewayNotification,
): Promise<readonly VerdictNode[]> => {
  const outTradeNo = outTradeNoOf(notification)
  const found = outTradeNo === undefined ? undefined : (await payments.findByOutTradeNo(outTradeNo))?.value
  const payment = found?.provider === provider ? found : undefined
  const told = identityOf(notification)
  const arrived = amountOf(notification)
  const facts: StepFacts = {
    ...(told !== undefined && { identity: { expected: same(identityText(identity)), arrived: identityText(told) } }),
    order: {
      expected: payment === undefined ? { zh: '我们的订单号', en: 'a number of ours' } : same(payment.outTradeNo),
      ...(outTradeNo !== undefined && { arrived: outTradeNo }),
    },
    ...(payment !== undefined &&
      arrived !== undefined && {
        amount: { expected: same(formatYuan(payment.amount)), arrived: formatYuan(arrived) },
      }),
    state: { arrived: verdict },
  }
  // What tells of no trade of ours may be about anything else.
  if (payment === undefined) return verdictTree(provider, notification.kind === 'other' ? undefined : 'order', facts)
  if (arrived !== undefined && arrived !== payment.amount) return verdictTree(provider, 'amount', facts)
  return verdictTree(provider, verdict === 'surplus' || verdict === 'late' ? 'state' : undefined, facts)
}

const identityOf = (notification: GatewayNotification): GatewayIdentity | undefined => {
  switch (notification.kind) {
    case 'payment_succeeded':
      return notification.receipt.identity
    case 'payment_closed':
    case 'refund_changed':
      return notification.identity
    case 'other':
      return undefined
  }
}

/** A refund's amount is held against the refund and not against the payment. */
const amountOf = (notification: GatewayNotification): Fen | undefined =>
  notification.kind === 'payment_succeeded' ? notification.receipt.amount : undefined
