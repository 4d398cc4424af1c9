import type { Activity } from '../activity.ts'
import { type Check, lastMinutes, minutesBefore, percentOf, rateState } from './check.ts'

const MINUTES = 15
const LEAST_TURNED_AWAY = 5
const LEAST_DELAYS = 5
/** Their rows are large. */
const SAMPLE = 200
const MOST_RECEIPTS = 500
/** One payment may be found first by chance; so many are not. */
const LEAST_FOUND = 3
/** A callback may still come for what was paid just now. */
const GRACE_MINUTES = 2
/** So many of ten may come sooner. */
const TENTHS = 8

const NONE: Activity = { subject: '', total: 0, bad: 0 }

/** Callbacks that were not taken: forged, or signed with a key we do not hold, or failed by us. */
export const checkFailingCallbacks: Check<'callbacks_failing'> = async ({ activity, providers, now }, most) => {
  const sums = await activity.sum('callbacks', lastMinutes(now, MINUTES))
  return providers.map((provider) => {
    const { total, bad } = sums.find(({ subject }) => subject === provider) ?? NONE
    const state = rateState(total, bad * 100 > most * total, bad >= LEAST_TURNED_AWAY)
    const facts = { provider, percent: percentOf(bad, total || 1), count: bad, minutes: MINUTES }
    return { subject: provider, state, facts }
  })
}

/** No callback was taken, and yet there are payments, which only our asking found. */
export const checkMissingCallbacks: Check<'callbacks_missing'> = async (context, minutes) => {
  const { activity, figures, providers, now } = context
  const span = lastMinutes(now, minutes)
  const sums = await activity.sum('callbacks', span)
  const first = await activity.firstMinute('requests')
  // Before anything was counted nobody can tell that nothing came.
  const isKnown = first !== undefined && first <= span.first
  return Promise.all(
    providers.map(async (provider) => {
      const { total, bad } = sums.find(({ subject }) => subject === provider) ?? NONE
      if (total > bad) return { subject: provider, state: 'over' } as const
      const paid = { from: minutesBefore(now, minutes), to: minutesBefore(now, GRACE_MINUTES) }
      const count = await figures.foundByAsking(provider, paid, MOST_RECEIPTS)
      const state = isKnown && count >= LEAST_FOUND ? 'holds' : 'undecided'
      return { subject: provider, state, facts: { provider, minutes, count } } as const
    }),
  )
}

/** How late the callbacks come, but for the slowest fifth. */
export const checkCallbackDelay: Check<'callback_delay'> = async ({ figures, providers, now }, most) => {
  const received = { from: minutesBefore(now, MINUTES), to: now }
  const byProvider = Map.groupBy(await figures.callbackDelays(received, SAMPLE), ({ provider }) => provider)
  return providers.map((provider) => {
    const delays = (byProvider.get(provider) ?? []).map(({ delayMs }) => delayMs).toSorted((a, b) => a - b)
    const delay = delays[Math.ceil((delays.length * TENTHS) / 10) - 1] ?? 0
    const state = rateState(delays.length, delay > most * 1000, delays.length >= LEAST_DELAYS)
    return { subject: provider, state, facts: { provider, seconds: Math.round(delay / 1000) } }
  })
}
