import type { Clock } from '../../application/clock.ts'

/** `half_open`: the pause is over and one call is allowed to find out whether the gateway is back. */
export type CircuitState = 'closed' | 'open' | 'half_open'

export type CircuitBreaker = {
  readonly state: CircuitState
  /** Whether a call may leave now; each that does has to end in `succeeded` or `failed`. */
  admits(): boolean
  succeeded(): void
  failed(): void
}

export type CircuitSettings = {
  /** So many calls in a row without an answer stop all further ones. */
  readonly failuresToOpen: number
  /** After so long one call may try again. */
  readonly probeAfterMs: number
}

type Deps = CircuitSettings & { readonly clock: Clock; readonly changed: (state: CircuitState) => void }

/**
 * Stops calling a gateway that has not answered several times in a row, and lets one call through now and then to see
 * whether it is back. On the monotonic clock, so that a jump of the wall clock neither holds it open nor closes it.
 */
export const createCircuitBreaker = ({ clock, failuresToOpen, probeAfterMs, changed }: Deps): CircuitBreaker => {
  let state: CircuitState = 'closed'
  let failures = 0
  let openedAt = 0
  const enter = (next: CircuitState): void => {
    if (next === 'open') openedAt = clock.monotonicMs()
    if (next === state) return
    state = next
    changed(next)
  }
  return {
    get state() {
      return state
    },
    admits() {
      switch (state) {
        case 'closed':
          return true
        case 'open':
          if (clock.monotonicMs() - openedAt < probeAfterMs) return false
          enter('half_open')
          return true
        case 'half_open': // The probe is still out.
          return false
      }
    },
    succeeded() {
      failures = 0
      enter('closed') // Whichever call was answered: the gateway is there.
    },
    failed() {
      failures += 1
      if (state === 'half_open' || (state === 'closed' && failures >= failuresToOpen)) enter('open')
    },
  }
}
