import { err, ok, type Result } from 'neverthrow'
import type { Provider } from '../../domain/payment.ts'
import type { Clock } from '../clock.ts'
import { endPayment } from '../payments/end-payment.ts'
import type { GatewayNotification, Gateways, RawNotification } from '../payments/payment-gateway.ts'
import { type SettleDeps, settlePayment } from '../payments/settle-payment.ts'
import { noteReturned } from '../refunds/note-returned.ts'
import type { Readers, Repositories, Transaction, WriteConflict } from '../transaction.ts'
import { bookRefund } from './book-refund.ts'
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

export type HandleDeps = SettleDeps & {
  readonly transaction: Transaction
  readonly readers: Pick<Readers, 'payments'>
  readonly clock: Clock
  readonly gateways: Gateways
}

type Deps = HandleDeps & {
  /** Where the log entry of a booked message goes; `false` where the message has one already. */
  readonly keep: (repositories: Repositories, record: NotificationRecord) => Promise<boolean>
}

type BookedNotification = {
  readonly verdict: Exclude<NotificationVerdict, 'unreadable'> | 'repeated'
  readonly outTradeNo: string | undefined
}
type Booked = Result<BookedNotification, WriteConflict>
type Kind<K extends GatewayNotification['kind']> = Extract<GatewayNotification, { kind: K }>

/**
 * Believes a gateway's message only if it is verified, books it in one transaction and resolves after the commit.
 * Repeats are recognised before any write. Throws `StoreUnavailable` where it can't be made durable.
 */
export const handleNotification =
  (given: HandleDeps) =>
  async (provider: Provider, raw: RawNotification): Promise<HandledNotification> => {
    const deps: Deps = { ...given, keep: ({ notifications }, record) => notifications.insert(record) }
    const gateway = deps.gateways.find(provider)
    if (gateway === undefined) return { verdict: 'not_configured' }
    const read = await gateway.readNotification(raw)
    if (read.isErr()) return refuseNotification(deps, provider, raw, read.error)
    const notification = read.value
    if (notification.kind === 'payment_succeeded' && (await isRepeat(deps, provider, notification)))
      return { verdict: 'repeated', outTradeNo: notification.receipt.outTradeNo }
    const booked = await deps.transaction.run((repositories) =>
      bookNotification(deps, repositories, provider, raw, notification),
    )
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

/** Books a verified message inside the caller's transaction, and keeps it in the log. */
export const bookNotification = (
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
      return bookRefundMessage(deps, repositories, provider, raw, notification)
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
  const input = { provider, receipt, source: 'notification', isReturned: false, cause, at: deps.clock.now() } as const
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
  const at = deps.clock.now()
  const ended = await endPayment(repositories, id, { type: 'closed', at }, cause)
  if (ended.isErr()) return err(ended.error)
  // A trade that was paid is closed by the refund of its last fen alone.
  if ('transactionId' in payment.value) await noteReturned(repositories, payment.value, 'all', at)
  return log(deps, repositories, provider, raw, notification, 'recorded', orderId)
}

const bookRefundMessage = async (
  deps: Deps,
  repositories: Repositories,
  provider: Provider,
  raw: RawNotification,
  notification: Kind<'refund_changed'>,
): Promise<Booked> => {
  const booked = await bookRefund(deps, repositories, provider, notification)
  if (booked.isErr()) return err(booked.error)
  const { verdict, orderId, ask } = booked.value
  if (verdict === 'repeated') return ok({ verdict, outTradeNo: notification.refund.outTradeNo })
  return log(deps, repositories, provider, raw, notification, verdict, orderId, ask)
}

const log = async (
  deps: Deps,
  repositories: Repositories,
  provider: Provider,
  raw: RawNotification,
  notification: GatewayNotification,
  verdict: Exclude<NotificationVerdict, 'unreadable'>,
  orderId: string | undefined,
  /** A refund to be asked about now, the first time this message says so. */
  ask?: string,
): Promise<Booked> => {
  const outTradeNo = outTradeNoOf(notification)
  const { notificationId, eventAt } = notification
  const kind = kindOf(notification)
  const isNew = await deps.keep(
    repositories,
    notificationRecord(deps, provider, raw, { kind, notificationId, outTradeNo, orderId, verdict, eventAt }),
  )
  if (isNew && ask !== undefined) await repositories.refunds.postpone(ask, deps.clock.now())
  return ok({ verdict, outTradeNo })
}

export const kindOf = ({ kind }: GatewayNotification): NotificationRecord['kind'] => {
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

export const outTradeNoOf = (notification: GatewayNotification): string | undefined => {
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
