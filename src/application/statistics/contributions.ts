import type { Payment } from '../../domain/payment.ts'
import type { Refund } from '../../domain/refund.ts'
import { dayNumberOf } from '../../domain/shanghai-day.ts'
import type { NotificationEntry } from '../notifications/notification-log.ts'
import type { Contribution } from './figures.ts'

/** A callback that comes later than this after what it tells of is a slow one. */
export const SLOW_CALLBACK_MS = 30_000

/** What a payment in its present state adds to the days. */
export const contributionsOfPayment = (payment: Payment): readonly Contribution[] => {
  const { provider, status, amount, createdAt } = payment
  const created = { day: dayNumberOf(createdAt), provider }
  const byState: readonly Contribution[] = [
    { ...created, figure: `payments_${status}`, by: 1 },
    { ...created, figure: `payments_${status}_fen`, by: amount },
  ]
  if (!('paidAt' in payment)) return byState
  const paid = { day: dayNumberOf(payment.paidAt), provider }
  return [
    ...byState,
    { ...paid, figure: 'paid', by: 1 },
    { ...paid, figure: 'paid_fen', by: amount },
    { ...paid, figure: 'paid_ms', by: msBetween(createdAt, payment.paidAt) },
  ]
}

/** What a refund in its present state adds to the days. */
export const contributionsOfRefund = (refund: Refund): readonly Contribution[] => {
  const { provider, status, amount } = refund
  const created = { day: dayNumberOf(refund.createdAt), provider }
  const byState: readonly Contribution[] = [
    { ...created, figure: `refunds_${status}`, by: 1 },
    { ...created, figure: `refunds_${status}_fen`, by: amount },
  ]
  if (status !== 'success') return byState
  const returned = { day: dayNumberOf(refund.processedAt), provider }
  return [...byState, { ...returned, figure: 'returned', by: 1 }, { ...returned, figure: 'returned_fen', by: amount }]
}

/** What a callback adds to the day it came; nothing where it does not say when what it tells of happened. */
export const contributionsOfCallback = (
  callback: Pick<NotificationEntry, 'provider' | 'eventAt' | 'receivedAt'>,
): readonly Contribution[] => {
  const { provider, eventAt, receivedAt } = callback
  if (eventAt === undefined) return []
  const received = { day: dayNumberOf(receivedAt), provider }
  const delay = msBetween(eventAt, receivedAt)
  return [
    { ...received, figure: 'callbacks', by: 1 },
    { ...received, figure: 'callbacks_ms', by: delay },
    { ...received, figure: 'callbacks_slow', by: delay > SLOW_CALLBACK_MS ? 1 : 0 },
  ]
}

/** What changes where something that added `before` now adds `after`. */
export const changeOf = (before: readonly Contribution[], after: readonly Contribution[]): readonly Contribution[] => [
  ...before.map((one) => ({ ...one, by: -one.by })),
  ...after,
]

/** The gateway's clock is not ours: what seems to have happened before its cause took no time. */
const msBetween = (from: Date, to: Date): number => Math.max(0, to.getTime() - from.getTime())
