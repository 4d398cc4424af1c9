import { type Check, minutesBefore, percentOf, rateState } from './check.ts'

/** Refunds are few and slow, so the window is a working day. */
const MINUTES = 480
const SAMPLE = 500
const LEAST = 5
const DAY_MINUTES = 1440

/** Of the refunds that ended, how many succeeded. */
export const checkRefundSuccess: Check<'refund_success_rate'> = ({ figures, providers, now }, least) =>
  Promise.all(
    providers.map(async (provider) => {
      const ends = await figures.refundEnds(provider, { from: minutesBefore(now, MINUTES), to: now }, SAMPLE)
      const succeeded = ends.filter((end) => end === 'success').length
      const whole = succeeded + ends.filter((end) => end === 'failed').length
      const state = rateState(whole, succeeded * 100 < least * whole, whole >= LEAST)
      const facts = { provider, percent: percentOf(succeeded, whole || 1), minutes: MINUTES }
      return { subject: provider, state, facts }
    }),
  )

/** Refunds that a gateway has taken and not finished for days. */
export const checkStuckRefunds: Check<'refunds_stuck'> = async ({ figures, now }, days) => {
  const stuck = await figures.unendedRefunds(minutesBefore(now, days * DAY_MINUTES), SAMPLE)
  return [...Map.groupBy(stuck, (provider) => provider)].map(([provider, { length: count }]) => ({
    subject: provider,
    state: 'holds',
    facts: { provider, count, days },
  }))
}
