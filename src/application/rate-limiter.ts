export type RateDecision = {
  readonly allowed: boolean
  readonly limit: number
  readonly remaining: number
  /** How long until something is allowed again. */
  readonly retryAfterMs: number
}

/** Counts uses of a key in a window. A limiter that is out of order allows: it must never fail a money route. */
export interface RateLimiter {
  consume(key: string): Promise<RateDecision>
  /** Takes back one use that was consumed, allowed or not; a window never holds less than none. */
  giveBack(key: string): Promise<void>
}
