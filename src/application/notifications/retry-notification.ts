import { err, ok, type Result } from 'neverthrow'
import type { Operator } from '../catalogue/maintain-catalogue.ts'
import { settleIncident } from '../incidents/settle-incident.ts'
import type { GatewayNotification, NotificationError } from '../payments/payment-gateway.ts'
import type { Disposition } from '../payments/payment-transaction.ts'
import { type Readers, type Repositories, WRITE_CONFLICT, type WriteConflict } from '../transaction.ts'
import {
  bookNotification,
  type HandledNotification,
  type HandleDeps,
  kindOf,
  outTradeNoOf,
} from './handle-notification.ts'
import {
  isFailed,
  type NotificationEntry,
  type NotificationRecord,
  type NotificationVerdict,
} from './notification-log.ts'
import { reportForeign } from './refuse-notification.ts'

/** What came of it this time; the entry tells what is now held to be true of the message. */
export type RetryOutcome = Exclude<HandledNotification['verdict'], 'not_configured'>
export type RetriedNotification = { readonly outcome: RetryOutcome; readonly entry: NotificationEntry }

export type RetryNotificationError = { readonly code: 'NOT_FOUND' } | { readonly code: 'PROVIDER_NOT_CONFIGURED' }

type Deps = HandleDeps & { readonly readers: Pick<Readers, 'payments' | 'notifications'> }
type Read = Result<GatewayNotification, NotificationError>

/**
 * Sends a stored message through the ordinary path again, signature, identity and all; only its age is judged by when it
 * came. Booking, log entry and audit are one unit.
 */
export const retryNotification =
  (deps: Deps) =>
  async (id: string, operator: Operator): Promise<Result<RetriedNotification, RetryNotificationError>> => {
    const record = await deps.readers.notifications.find(id)
    if (record === undefined) return err({ code: 'NOT_FOUND' })
    const gateway = deps.gateways.find(record.provider)
    if (gateway === undefined) return err({ code: 'PROVIDER_NOT_CONFIGURED' })
    const read: Read = await gateway.readNotification(record.raw, record.receivedAt)
    return deps.transaction.run(async (repositories): Promise<Result<RetriedNotification, WriteConflict>> => {
      const before = await repositories.notifications.findEntry(id)
      if (before === undefined) throw new Error(`the message ${id} has vanished from the log`)
      const tried = read.isErr()
        ? ok(await refusedAgain(deps, repositories, before, read.error))
        : await bookAgain(deps, repositories, { ...before, raw: record.raw }, read.value)
      if (tried.isErr()) return err(tried.error)
      const entry = { ...tried.value.entry, retries: before.retries + 1 }
      if (!(await repositories.notifications.replace(before, entry))) return err(WRITE_CONFLICT)
      const { outcome } = tried.value
      const values = {
        action: 'notification.retry',
        subject: id,
        before: shown(before),
        after: { ...shown(entry), outcome },
      }
      await repositories.audit.append({
        reason: undefined,
        ...operator,
        ...values,
        id: deps.ids.entity(),
        at: deps.clock.now(),
      })
      return ok({ outcome, entry })
    })
  }

const shown = ({ verdict, orderId, retries }: NotificationEntry) => ({ verdict, orderId, retries })

/** What was once believed of a message stays so where it can't be verified or read any more. */
const refusedAgain = async (
  deps: Deps,
  repositories: Repositories,
  entry: NotificationEntry,
  error: NotificationError,
): Promise<RetriedNotification> => {
  switch (error.code) {
    case 'SIGNATURE_INVALID':
      return { outcome: 'refused', entry }
    case 'NOTIFICATION_UNREADABLE':
      return { outcome: 'unreadable', entry }
    case 'FOREIGN_IDENTITY':
      if (entry.verdict !== 'unreadable') return { outcome: 'foreign_identity', entry }
      await reportForeign(deps, repositories, entry.provider, error)
      return {
        outcome: 'foreign_identity',
        entry: { ...entry, verdict: 'foreign_identity', outTradeNo: error.outTradeNo },
      }
  }
}

const bookAgain = async (
  deps: Deps,
  repositories: Repositories,
  before: NotificationRecord,
  notification: GatewayNotification,
): Promise<Result<RetriedNotification, WriteConflict>> => {
  const { provider, raw, ...entry } = before
  let booked: NotificationRecord | undefined
  const keep = async (_: Repositories, record: NotificationRecord): Promise<boolean> => {
    booked = record
    return true
  }
  const handled = await bookNotification({ ...deps, keep }, repositories, provider, raw, notification)
  if (handled.isErr()) return err(handled.error)
  const { kind, outTradeNo, orderId, verdict, eventAt } = booked ?? (await knownAs(repositories, before, notification))
  // The number it was logged under stays, since the gateway may have sent the message once more meanwhile.
  const after = { ...entry, provider, kind, outTradeNo, orderId, verdict, eventAt }
  if (before.verdict === 'foreign_identity' && !isFailed(verdict))
    await closeForeign(deps, repositories, after, notification)
  return ok({ outcome: handled.value.verdict, entry: after })
}

type Facts = Pick<NotificationEntry, 'kind' | 'outTradeNo' | 'orderId' | 'verdict' | 'eventAt'>

/** A repeat is not booked anew: what is on the books says what the message was. */
const knownAs = async (
  { payments, transactions }: Repositories,
  { provider, ...before }: NotificationRecord,
  notification: GatewayNotification,
): Promise<Facts> => {
  const outTradeNo = outTradeNoOf(notification)
  const payment = outTradeNo === undefined ? undefined : await payments.findByOutTradeNo(outTradeNo)
  const facts = {
    kind: kindOf(notification),
    eventAt: notification.eventAt,
    outTradeNo,
    orderId: payment?.value.orderId,
  }
  switch (notification.kind) {
    case 'payment_succeeded': {
      const receipt = await transactions.find(provider, notification.receipt.transactionId)
      return { ...facts, verdict: verdictOf(receipt?.disposition) ?? before.verdict }
    }
    case 'refund_changed':
      return { ...facts, verdict: 'refund_settled' }
    case 'payment_closed':
    case 'other':
      return { ...facts, verdict: before.verdict }
  }
}

const verdictOf = (disposition: Disposition | undefined): NotificationVerdict | undefined =>
  disposition === 'contradiction' ? undefined : disposition

/** Whoever's it seemed to be: it was logged by its transaction, or by the number it names. */
const closeForeign = async (
  { clock }: Deps,
  repositories: Repositories,
  { provider, notificationId, outTradeNo }: NotificationEntry,
  notification: GatewayNotification,
): Promise<void> => {
  const resolution = { note: '消息重新处理后已入账', by: 'system', at: clock.now() }
  const transactionId = notification.kind === 'payment_succeeded' ? [notification.receipt.transactionId] : []
  for (const subject of [outTradeNo ?? notificationId, ...transactionId])
    await settleIncident(repositories, { kind: 'foreign_identity', provider, subject }, resolution)
}
