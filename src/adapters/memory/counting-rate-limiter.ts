import type { Clock } from '../../application/clock.ts'
import type { RateLimiter } from '../../application/rate-limiter.ts'

type Window = { readonly endsMs: number; readonly used: number }

/** A limiter whose windows a test can let pass, since they end by the given clock. */
export const countingRateLimiter = (options: {
  readonly points: number
  readonly durationSeconds: number
  readonly clock: Clock
}): RateLimiter => {
  const { points, durationSeconds, clock } = options
  const windows = new Map<string, Window>()
  return {
    async consume(key) {
      const nowMs = clock.monotonicMs()
      const last = windows.get(key)
      const fresh = { endsMs: nowMs + durationSeconds * 1000, used: 0 }
      const { endsMs, used } = last === undefined || last.endsMs <= nowMs ? fresh : last
      windows.set(key, { endsMs, used: used + 1 })
      const remaining = Math.max(0, points - used - 1)
      return { allowed: used < points, limit: points, remaining, retryAfterMs: remaining > 0 ? 0 : endsMs - nowMs }
    },
    async giveBack(key) {
      const last = windows.get(key)
      if (last !== undefined && last.used > 0) windows.set(key, { ...last, used: last.used - 1 })
    },
  }
}

export const unlimited: RateLimiter = {
  consume: async () => ({
    allowed: true,
    limit: Number.MAX_SAFE_INTEGER,
    remaining: Number.MAX_SAFE_INTEGER,
    retryAfterMs: 0,
  }),
  giveBack: async () => {},
}
