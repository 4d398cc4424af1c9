import type { ActivityTally } from '../../application/alerts/activity.ts'
import type { RequestState } from './context.ts'

/** What is refused for these reasons is unusual where it is many. */
const REFUSALS: Readonly<Record<string, string>> = {
  ACCESS_CODE_INVALID: 'wrong_codes',
  RATE_LIMITED: 'limited_requests',
  RISK_DENIED: 'denied_payments',
  UNAUTHENTICATED: 'wrong_tokens',
}

/** Routes that tell of failures instead of having them. */
const HEALTH = new Set(['/healthz', '/readyz', '/metrics'])

/** Counts an answer for the rules of alerts; what a gateway failed is counted with the calls to it. */
export const countRequest = (activity: ActivityTally, { route, logged }: RequestState, status: number): void => {
  if (route === undefined || HEALTH.has(route)) return
  const problem = logged['problem'] ?? ''
  activity.count('requests', 'service', status >= 500 && !problem.startsWith('GATEWAY_'))
  const refusal = REFUSALS[problem]
  if (refusal !== undefined) activity.count('refusals', refusal, true)
}
