import { type Overdue, WATCHED_JOBS } from '../alert-figures.ts'
import { type Check, lastMinutes, percentOf, rateState } from './check.ts'

const ERROR_MINUTES = 5
const LEAST_REQUESTS = 50
const LEAST_ERRORS = 3
const CALL_MINUTES = 15
const LEAST_CALLS = 20
/** Fewer may be chance; the circuit lets one through every few seconds while a gateway is gone. */
const LEAST_UNANSWERED = 3
/** Enough to see that it is many. */
const MOST_COUNTED = 200

/** Requests that we failed; what a gateway failed is told of the gateway. */
export const checkErrors: Check<'error_rate'> = async ({ activity, now }, most) => {
  const sums = await activity.sum('requests', lastMinutes(now, ERROR_MINUTES))
  const total = sums.reduce((sum, one) => sum + one.total, 0)
  const bad = sums.reduce((sum, one) => sum + one.bad, 0)
  const state = rateState(total, bad * 100 > most * total, total >= LEAST_REQUESTS && bad >= LEAST_ERRORS)
  return [{ subject: 'service', state, facts: { percent: percentOf(bad, total || 1), minutes: ERROR_MINUTES } }]
}

/** A gateway that answers some calls and leaves many. */
export const checkGatewayErrors: Check<'gateway_errors'> = async ({ activity, providers, now }, most) => {
  const sums = await activity.sum('calls', lastMinutes(now, CALL_MINUTES))
  return providers.map((provider) => {
    const { total = 0, bad = 0 } = sums.find(({ subject }) => subject === provider) ?? {}
    const state = rateState(total, bad * 100 > most * total, total >= LEAST_CALLS)
    const facts = { provider, percent: percentOf(bad, total || 1), minutes: CALL_MINUTES }
    return { subject: provider, state, facts }
  })
}

/** A gateway that answers nothing. Where nobody asked it anything, it is as it was. */
export const checkGatewayGone: Check<'gateway_unavailable'> = async ({ activity, providers, now }, minutes) => {
  const sums = await activity.sum('calls', lastMinutes(now, minutes))
  return providers.map((provider) => {
    const { total = 0, bad = 0 } = sums.find(({ subject }) => subject === provider) ?? {}
    const state = rateState(total, bad === total, total >= LEAST_UNANSWERED)
    return { subject: provider, state, facts: { provider, minutes } }
  })
}

/** Work that is due and that nobody does. */
export const checkJobs: Check<'jobs_behind'> = async ({ figures, now }, seconds) => {
  const before = new Date(now.getTime() - seconds * 1000)
  const late = await Promise.all(
    WATCHED_JOBS.map(async (job) => [job, await figures.overdue(job, before, MOST_COUNTED)] as const),
  )
  return late.flatMap(([job, overdue]) => (overdue === undefined ? [] : [lateOf(job, overdue, now)]))
}

const lateOf = (job: string, { count, oldest }: Overdue, now: Date) => {
  const seconds = Math.round((now.getTime() - oldest.getTime()) / 1000)
  return { subject: job, state: 'holds', facts: { job, seconds, count } } as const
}

/** Endpoints for which webhooks were given up. */
export const checkWebhooks: Check<'webhook_parked'> = async ({ figures }, least) => {
  const parked = await figures.parkedWebhooks(Math.max(least, MOST_COUNTED))
  return parked
    .filter(({ count }) => count >= least)
    .map(({ endpointId, count }) => ({ subject: endpointId, state: 'holds', facts: { endpointId, count } }))
}
