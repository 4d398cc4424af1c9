import type { Clock } from '../clock.ts'

export type TokenBucket = {
  /** Whether one more is within the rate; if so it counts. */
  take(): boolean
}

/** So many a second, and no more than that many at once after a quiet while. */
export const tokenBucket = (clock: Pick<Clock, 'monotonicMs'>, perSecond: number): TokenBucket => {
  let tokens = perSecond
  let filledAt = clock.monotonicMs()
  return {
    take() {
      const now = clock.monotonicMs()
      tokens = Math.min(perSecond, tokens + ((now - filledAt) / 1000) * perSecond)
      filledAt = now
      if (tokens < 1) return false
      tokens -= 1
      return true
    },
  }
}
