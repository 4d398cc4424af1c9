import type { Clock } from '../../application/clock.ts'

export type FixedClock = Clock & {
  /** Lets time pass: both the wall clock and the monotonic one move on. */
  advance(ms: number): void
  /** Sets the wall clock, as an operator or a time server would; no time passes. */
  set(date: Date): void
}

/** A clock that stands until a test moves it. */
export const fixedClock = ({ at }: { readonly at: Date }): FixedClock => {
  let nowMs = at.getTime()
  let monotonicMs = 1 // Zero reads as "no time" in some libraries.
  return {
    now: () => new Date(nowMs),
    monotonicMs: () => monotonicMs,
    advance(ms) {
      if (ms < 0) throw new RangeError('time only passes forwards; use set')
      nowMs += ms
      monotonicMs += ms
    },
    set(date) {
      nowMs = date.getTime()
    },
  }
}
