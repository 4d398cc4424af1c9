import { err, ok, type Result } from 'neverthrow'
import type { Provider } from '../../domain/payment.ts'
import type { Clock } from '../clock.ts'
import { endPayment } from '../payments/end-payment.ts'
import type { GatewayNotification, Gateways, RawNotification } from '../payments/payment-gateway.ts'
import { type SettleDeps, settlePayment } from '../payments/settle-payment.ts'
import { settleRefund } from '../refunds/settle-refund.ts'
import type { Readers, Repositories, Transaction, WriteConflict } from '../transaction.ts'
import { type NotificationRecord, type NotificationVerdict, notificationRecord } from './notification-log.ts'
import { refuseNotification } from './refuse-notification.ts'

/** What became of a message; the HTTP edge turns each into the answer its gateway expects. */
export type HandledNotification =
  | { readonly verdict: Exclude<NotificationVerdict, 'unreadable'>; readonly outTradeNo: string | undefined }
  /** Genuine and known already: nothing was written. */
  | { readonly verdict: 'repeated'; readonly outTradeNo: string | undefined }
  | { readonly verdict: 'refused'; readonly reason: string }
  | { readonly verdict: 'unreadable'; readonly signed: boolean; readonly reason: string }
  | { readonly verdict: 'not_configured' }

type Deps = SettleDeps & {
  readonly transaction: Transaction
  readonly readers: Pick<Readers, 'payments'>
  readonly clock: Clock
  readonly gateways: Gateways
}

type Booked = Result<HandledNotification, WriteConflict>
type Kind<K extends GatewayNotification['kind']> = Extract<GatewayNotification, { kind: K }>

/**
 * Believes a gateway's message only if it is verified, books it in one transaction and resolves after the commit.
 * Repeats are recognised before any write. Throws `StoreUnavailable` where it can't be made durable.
 */
export const handleNotification =
  (deps: Deps) =>
  async (provider: Provider, raw: RawNotification): Promise<HandledNotification> => {
    const gateway = deps.gateways.find(provider)
    if (gateway === undefined) return { verdict: 'not_configured' }
    const read = await gateway.readNotification(raw)
    if (read.isErr()) return refuseNotification(deps, provider, raw, read.error)
    const notification = read.value
    if (notification.kind === 'payment_succeeded' && (await isRepeat(deps, provider, notification)))
      return { verdict: 'repeated', outTradeNo: notification.receipt.outTradeNo }
    const booked = await deps.transaction.run((repositories) => book(deps, repositories, provider, raw, notification))
    return booked.match(
      (handled) => handled,
      (impossible: never) => impossible,
    )
  }

/** The receipt is on the books already, equal in every fact that matters. */
const isRepeat = async (
  { readers }: Deps,
  provider: Provider,
  { receipt }: Kind<'payment_succeeded'>,
): Promise<boolean> => {
  const payment = (await readers.payments.findByOutTradeNo(receipt.outTradeNo))?.value
  return (
    payment !== undefined &&
    'transactionId' in payment &&
    payment.provider === provider &&
    payment.transactionId === receipt.transactionId &&
    payment.amount === receipt.amount &&
    payment.identity.appId === receipt.identity.appId &&
    payment.identity.merchantId === receipt.identity.merchantId
  )
}

const book = (
  deps: Deps,
  repositories: Repositories,
  provider: Provider,
  raw: RawNotification,
  notification: GatewayNotification,
): Promise<Booked> => {
  switch (notification.kind) {
    case 'payment_succeeded':
      return bookPayment(deps, repositories, provider, raw, notification)
    case 'payment_closed':
      return bookClose(deps, repositories, provider, raw, notification)
    case 'refund_changed':
      return bookRefund(deps, repositories, provider, raw, notification)
    case 'other':
      return log(deps, repositories, provider, raw, notification, 'recorded', undefined)
  }
}

const bookPayment = async (
  deps: Deps,
  repositories: Repositories,
  provider: Provider,
  raw: RawNotification,
  notification: Kind<'payment_succeeded'>,
): Promise<Booked> => {
  const { receipt } = notification
  const cause = { kind: 'notification', actor: provider } as const
  const input = { provider, receipt, source: 'notification', cause, at: deps.clock.now() } as const
  const settled = await settlePayment(deps)(repositories, input)
  if (settled.isErr()) return err(settled.error)
  const { verdict, orderId } = settled.value
  if (verdict === 'repeated') return ok({ verdict, outTradeNo: receipt.outTradeNo })
  return log(
    deps,
    repositories,
    provider,
    raw,
    notification,
    verdict === 'contradiction' ? 'recorded' : verdict,
    orderId,
  )
}

const bookClose = async (
  deps: Deps,
  repositories: Repositories,
  provider: Provider,
  raw: RawNotification,
  notification: Kind<'payment_closed'>,
): Promise<Booked> => {
  const payment = await repositories.payments.findByOutTradeNo(notification.outTradeNo)
  if (payment === undefined || payment.value.provider !== provider)
    return log(deps, repositories, provider, raw, notification, 'recorded', undefined)
  const { id, orderId } = payment.value
  const cause = { kind: 'notification', actor: provider } as const
  const ended = await endPayment(repositories, id, { type: 'closed', at: deps.clock.now() }, cause)
  if (ended.isErr()) return err(ended.error)
  return log(deps, repositories, provider, raw, notification, 'recorded', orderId)
}

const bookRefund = async (
  deps: Deps,
  repositories: Repositories,
  provider: Provider,
  raw: RawNotification,
  notification: Kind<'refund_changed'>,
): Promise<Booked> => {
  const { refund: fact } = notification
  const at = deps.clock.now()
  const known = fact.refundNo === undefined ? undefined : await repositories.refunds.find(fact.refundNo)
  if (known === undefined || known.value.provider !== provider)
    return log(deps, repositories, provider, raw, notification, 'recorded', undefined)
  const { refundNo, orderId, amount: asked } = known.value
  const event = refundEvent(fact, asked, at)
  if (event === undefined) {
    // The message tells no amount of its own (Alipay): it is a reason to ask, not a fact to book.
    await repositories.refunds.postpone(refundNo, at)
    return log(deps, repositories, provider, raw, notification, 'recorded', orderId)
  }
  const cause = { kind: 'notification', actor: provider } as const
  const settled = await settleRefund(deps)(repositories, { refundNo, event, cause, at })
  if (settled.isErr()) return err(settled.error)
  if (settled.value === 'repeated') return ok({ verdict: 'repeated', outTradeNo: fact.outTradeNo })
  const verdict = settled.value === 'changed' ? 'refund_settled' : 'recorded'
  return log(deps, repositories, provider, raw, notification, verdict, orderId)
}

const refundEvent = (
  { status, amount, refundId, at: happenedAt }: Kind<'refund_changed'>['refund'],
  asked: number,
  at: Date,
) => {
  switch (status) {
    case 'success':
      return amount === undefined ? undefined : ({ type: 'succeeded', refundId, amount, at: happenedAt } as const)
    case 'closed':
      return amount === asked ? ({ type: 'failed', reason: 'CLOSED', at } as const) : undefined
    case 'abnormal':
      return { type: 'turned_abnormal', refundId, at } as const
    case 'unknown':
      return undefined
  }
}

const log = async (
  deps: Deps,
  repositories: Repositories,
  provider: Provider,
  raw: RawNotification,
  notification: GatewayNotification,
  verdict: Exclude<NotificationVerdict, 'unreadable'>,
  orderId: string | undefined,
): Promise<Booked> => {
  const outTradeNo = outTradeNoOf(notification)
  const { notificationId, eventAt } = notification
  const kind = kindOf(notification)
  await repositories.notifications.insert(
    notificationRecord(deps, provider, raw, { kind, notificationId, outTradeNo, orderId, verdict, eventAt }),
  )
  return ok({ verdict, outTradeNo })
}

const kindOf = ({ kind }: GatewayNotification): NotificationRecord['kind'] => {
  switch (kind) {
    case 'payment_succeeded':
    case 'payment_closed':
      return 'payment'
    case 'refund_changed':
      return 'refund'
    case 'other':
      return 'other'
  }
}

const outTradeNoOf = (notification: GatewayNotification): string | undefined => {
  switch (notification.kind) {
    case 'payment_succeeded':
      return notification.receipt.outTradeNo
    case 'refund_changed':
      return notification.refund.outTradeNo
    case 'payment_closed':
    case 'other':
      return notification.outTradeNo
  }
}
