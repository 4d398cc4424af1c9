import { err, ok, type Result } from 'neverthrow'
import type { RateDecision, RateLimiter } from './rate-limiter.ts'

export type RateLimited = { readonly code: 'RATE_LIMITED'; readonly decision: RateDecision }

/** One limit on failures, and whose failures these would be. */
export type FailureLimit = { readonly limiter: RateLimiter; readonly key: string }

/**
 * Makes an attempt unless too many have failed. Each attempt takes its place before it begins and gives it back unless
 * it failed: if the limits were only looked at beforehand, attempts made at the same time would all get by.
 */
export const countFailures = async <T, E>(
  limits: readonly FailureLimit[],
  attempt: () => Promise<Result<T, E>>,
): Promise<Result<T, E | RateLimited>> => {
  const taken: FailureLimit[] = []
  let failed = false
  try {
    const admitted = await takePlaces(limits, taken)
    if (admitted.isErr()) return err(admitted.error)
    const result = await attempt()
    failed = result.isErr()
    return result.mapErr((error): E | RateLimited => error)
  } finally {
    if (!failed) for (const { limiter, key } of taken) await limiter.giveBack(key)
  }
}

const takePlaces = async (
  limits: readonly FailureLimit[],
  taken: FailureLimit[],
): Promise<Result<void, RateLimited>> => {
  for (const limit of limits) {
    const decision = await limit.limiter.consume(limit.key)
    taken.push(limit)
    if (!decision.allowed) return err({ code: 'RATE_LIMITED', decision })
  }
  return ok(undefined)
}
