import type { Provider } from './payment.ts'

/** Why a callback was refused before it was proven. */
export const REFUSAL_REASONS = [
  'wrong_method',
  'wrong_address',
  'too_large',
  'unreadable',
  'missing',
  'algorithm',
  'stale',
  'unknown_serial',
  'mismatch',
] as const
export type RefusalReason = (typeof REFUSAL_REASONS)[number]

/** What may be kept of a message nobody has proven: how it came, and never what it says. */
export type RefusalEvidence = {
  readonly address: string
  readonly method: string
  readonly contentType: string
  readonly bodyBytes: number
  /** SHA-256 in hex; to be compared with what a gateway's support or a proxy's log has. */
  readonly bodyHash: string
  /** Of the headers or fields that carry a signature, those that were there. */
  readonly present: readonly string[]
  readonly missing: readonly string[]
  /** The key that it says it was signed with. */
  readonly serial: string | undefined
  /** How far its own time is ahead of ours. */
  readonly aheadSeconds: number | undefined
  /** Whether it names our app; unknown where it names none that can be read. */
  readonly isOurApp: boolean | undefined
}

/** Callbacks that looked genuine and were refused for one reason, of which the last is told. */
export type RefusedCallback = {
  readonly provider: Provider
  /** What the address is for that it came to. */
  readonly place: 'payment' | 'refund'
  readonly reason: RefusalReason
  /** Which of the few places of this reason it is kept at. */
  readonly slot: number
  readonly evidence: RefusalEvidence
  readonly occurrences: number
  readonly firstAt: Date
  readonly lastAt: Date
}

/** So many are kept for each provider and reason, whoever sends how many. */
export const REFUSAL_SLOTS = 16

/** The slot of a sender's network: one that floods takes one, and leaves the others as they are. */
export const slotOf = (network: string): number =>
  Array.from(network).reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 65_521, 7) % REFUSAL_SLOTS

/** Both as one, with what the later of them told. */
export const joinRefusals = (earlier: RefusedCallback, later: RefusedCallback): RefusedCallback => ({
  ...later,
  occurrences: earlier.occurrences + later.occurrences,
  firstAt: earlier.firstAt,
})
