/** The only source of time inside: instants from `now`, intervals from `monotonicMs`. */
export interface Clock {
  now(): Date
  /** Milliseconds since some fixed moment; never jumps with the wall clock. */
  monotonicMs(): number
}
