import type { PaymentStatus, Provider } from '../../../domain/payment.ts'
import { dayNumberOf } from '../../../domain/shanghai-day.ts'
import type { Figures } from '../../statistics/figures.ts'
import { type Check, type CheckContext, minutesBefore, percentOf, rateState } from './check.ts'

const MINUTES = 60
/** As many attempts as say enough of a rate. */
const SAMPLE = 500
const LEAST = 20
const LEAST_FAILED = 3
/** Whoever pays has paid by then; before, an attempt says nothing. */
const PAYING_MINUTES = 15
const USUAL_DAYS = 7
const LEAST_USUAL = 50
/** Payers leave: what is usual at this shop is no alert, but a quarter less than that. */
const USUAL_PART = 0.75

const isPaid = (status: PaymentStatus): boolean => ['paid', 'partially_refunded', 'refunded'].includes(status)

/** Of the attempts of the last hour that are decided, how many failed. Closed ones nobody wanted to pay any more. */
export const checkPaymentFailures: Check<'payment_failure_rate'> = ({ figures, providers, now }, most) =>
  Promise.all(
    providers.map(async (provider) => {
      const made = { from: minutesBefore(now, MINUTES), to: now }
      const states = await figures.paymentStates(provider, made, SAMPLE)
      const failed = states.filter((state) => state === 'failed').length
      const whole = failed + states.filter(isPaid).length
      const isBad = failed * 100 > most * whole
      const state = rateState(whole, isBad, whole >= LEAST && failed >= LEAST_FAILED)
      return { subject: provider, state, facts: { provider, percent: percentOf(failed, whole || 1), minutes: MINUTES } }
    }),
  )

/** Of the attempts of an hour, once there was time to pay, how many are paid; and whether that is unusual here. */
export const checkPaymentSuccess: Check<'payment_success_rate'> = async (context, least) => {
  const usual = await usualRates(context)
  return Promise.all(
    context.providers.map(async (provider) => {
      const to = minutesBefore(context.now, PAYING_MINUTES)
      const made = { from: minutesBefore(to, MINUTES), to }
      const states = await context.figures.paymentStates(provider, made, SAMPLE)
      const paid = states.filter(isPaid).length
      const rate = paid / (states.length || 1)
      const isBad = rate * 100 < least && rate < (usual.get(provider) ?? 1) * USUAL_PART
      const state = rateState(states.length, isBad, states.length >= LEAST)
      const facts = { provider, percent: percentOf(paid, states.length || 1), minutes: MINUTES }
      return { subject: provider, state, facts }
    }),
  )
}

/** How many of the ended attempts were paid on the last days; nothing where there were few. */
const usualRates = async ({ statistics, now }: CheckContext): Promise<ReadonlyMap<Provider, number>> => {
  const today = dayNumberOf(now)
  const days = await statistics.byProvider({ first: today - USUAL_DAYS, last: today - 1 })
  return new Map(
    days.flatMap(({ provider, figures }) => {
      const paid = paidOf(figures)
      const ended = paid + figures.payments_failed + figures.payments_closed
      return ended < LEAST_USUAL ? [] : [[provider, paid / ended] as const]
    }),
  )
}

const paidOf = (figures: Figures): number =>
  figures.payments_paid + figures.payments_partially_refunded + figures.payments_refunded

/** Attempts that ended long ago and have no outcome: the gateway gives no clear answer about them. */
export const checkStuckPayments: Check<'payments_stuck'> = async ({ figures, now }, minutes) => {
  const stuck = await figures.unendedPayments(minutesBefore(now, minutes), SAMPLE)
  return [...Map.groupBy(stuck, (provider) => provider)].map(([provider, { length: count }]) => ({
    subject: provider,
    state: 'holds',
    facts: { provider, count, minutes },
  }))
}
