import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import type { RateDecision, RateLimiter } from '../../application/rate-limiter.ts'

// The library forgets a key by a Node timer, and one that is longer than this fires at once.
const MAX_SECONDS = 2_147_483

/** Counts in this process; a key's window begins with its first use. */
export const createMemoryRateLimiter = (options: {
  readonly points: number
  readonly durationSeconds: number
}): RateLimiter => {
  const { points, durationSeconds } = options
  if (!(durationSeconds > 0 && durationSeconds <= MAX_SECONDS))
    throw new RangeError(`a window lasts up to ${MAX_SECONDS} seconds, not ${durationSeconds}`)
  const limiter = new RateLimiterMemory({ points, duration: durationSeconds })
  return {
    async consume(key): Promise<RateDecision> {
      try {
        const { remainingPoints, msBeforeNext } = await limiter.consume(key)
        const retryAfterMs = remainingPoints > 0 ? 0 : msBeforeNext
        return { allowed: true, limit: points, remaining: remainingPoints, retryAfterMs }
      } catch (refused) {
        // A refusal is thrown as a result; anything else means that the limiter is out of order.
        if (refused instanceof RateLimiterRes)
          return { allowed: false, limit: points, remaining: 0, retryAfterMs: refused.msBeforeNext }
        return { allowed: true, limit: points, remaining: points, retryAfterMs: 0 }
      }
    },
    async giveBack(key) {
      const { consumedPoints } = await limiter.reward(key)
      // Its window has ended meanwhile, and a new one must not begin with a use too many.
      if (consumedPoints < 0) await limiter.penalty(key)
    },
  }
}
