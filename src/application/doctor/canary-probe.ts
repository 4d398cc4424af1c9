import type { CanaryArrival, CanaryBody } from './canary.ts'

export type CanaryFault = 'unresolved' | 'unconnected' | 'timed_out' | 'distrusted' | 'broken_off'

/** What came of sending one canary. */
export type CanaryOutcome =
  | { readonly kind: 'returned'; readonly arrival: CanaryArrival; readonly ms: number }
  | { readonly kind: 'failed'; readonly fault: CanaryFault; readonly reason: string; readonly ms: number }
  | { readonly kind: 'redirected'; readonly status: number; readonly location: string }
  /** Answered without our proof. */
  | {
      readonly kind: 'answered'
      readonly status: number
      /** Of this service: a refusal of a callback, or another problem by its code. */
      readonly ours: string | undefined
      readonly isChallenge: boolean
      /** Whatever names itself. */
      readonly server: string
    }
  /** Answered with a proof that does not fit. */
  | { readonly kind: 'answer_changed' }

/** Sends canaries as a gateway sends callbacks: to the public address, following no redirect, waiting a while. */
export interface CanaryProbe {
  send(url: string, body: CanaryBody): Promise<CanaryOutcome>
}
