import { minuteOf } from '../activity.ts'
import type { Check } from './check.ts'

const MINUTES = 15
const MINUTE_MS = 60_000
/** Refunds are usual; more of them than a third of the payments made meanwhile are not. */
const REFUNDS_PER_PAYMENT = 1 / 3

/** What happened unusually often in the last full quarter of an hour, each of which is told once. */
export const checkActivity: Check<'unusual_activity'> = async (context, least) => {
  const end = minuteOf(context.now) - (minuteOf(context.now) % MINUTES)
  const span = { from: new Date((end - MINUTES) * MINUTE_MS), to: new Date(end * MINUTE_MS) }
  const refusals = await context.activity.sum('refusals', { first: end - MINUTES, end })
  const refunds = await context.figures.refundsMade(span, Math.max(least, MOST))
  const payments = await paymentsMade(context, span)
  const counts = [
    ...refusals.map(({ subject, total }) => [subject, total] as const),
    ...(refunds > payments * REFUNDS_PER_PAYMENT ? [['many_refunds', refunds] as const] : []),
  ]
  return counts
    .filter(([, count]) => count >= least)
    .map(([activity, count]) => ({
      subject: activity,
      state: 'holds',
      facts: { activity, count, minutes: MINUTES },
      at: span.to,
    }))
}

const MOST = 1000

const paymentsMade = async (
  { figures, providers }: Parameters<Check<'unusual_activity'>>[0],
  span: { readonly from: Date; readonly to: Date },
): Promise<number> => {
  const made = await Promise.all(providers.map((provider) => figures.paymentStates(provider, span, MOST)))
  return made.reduce((sum, states) => sum + states.length, 0)
}
