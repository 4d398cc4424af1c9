import type { Chance } from './chance.ts'

/** Every kind of fault, and how often it strikes at most where it is on. */
export const FAULTS = {
  /** One sending of a callback is lost on its way. */
  callback_dropped: 0.6,
  callback_doubled: 0.5,
  callback_late: 0.4,
  /** No sending of it ever arrives; not where its trade can't be asked about any more. */
  callback_never: 0.3,
  /** The acknowledgement is lost, so it is sent again. */
  callback_unheard: 0.3,
  callback_forged: 0.2,
  /** A genuine one of another merchant, sent to us. */
  callback_foreign: 0.1,
  callback_replayed: 0.2,
  /** A genuine one about a trade that another system made under our merchant number. */
  callback_unknown: 0.1,
  call_lost_before: 0.2,
  call_lost_after: 0.2,
  /** The answer, and often the effect too, comes after we have stopped waiting. */
  call_slow: 0.2,
  /** 5xx, unsigned, unreadable: no effect, or an effect nobody tells us of. */
  call_unreadable: 0.2,
  create_rejected: 0.1,
  query_lag: 0.4,
  refund_rejected: 0.3,
  refund_abnormal: 0.3,
  refund_closed: 0.2,
  refund_slow: 0.3,
  /** A refund that somebody makes in the gateway's own console. */
  refund_by_hand: 0.5,
  store_unavailable: 0.03,
  store_conflict: 0.2,
  commit_failed: 0.05,
  /** Committed, but the caller learns nothing of it. */
  commit_unheard: 0.05,
  webhook_lost: 0.3,
  /** It arrived, perhaps late, and nobody heard the answer. */
  webhook_unheard: 0.3,
  /** The receiver is out of order for a while. */
  webhook_refused: 0.05,
  client_gone: 0.15,
  crash: 1,
  clock_jump: 0.5,
} as const satisfies Record<string, number>

export type Fault = keyof typeof FAULTS

export const FAULT_KINDS = Object.keys(FAULTS) as readonly Fault[] // Exactly the keys of the literal above.

/**
 * The faults of one seed: about half of the kinds are on, each at a rate of its own, since a uniform mixture hides what
 * shows only where one kind prevails.
 */
export class Faults {
  readonly #chance: Chance
  readonly #rates: ReadonlyMap<Fault, number>
  readonly counts = new Map<Fault, number>()
  #on = false

  constructor(chance: Chance) {
    this.#chance = chance
    this.#rates = new Map(
      FAULT_KINDS.filter(() => chance.hits(0.5)).map((kind) => [kind, chance.spread(FAULTS[kind] / 10, FAULTS[kind])]),
    )
  }

  /** From here on things go wrong. */
  begin(): void {
    this.#on = true
  }

  strikes(kind: Fault): boolean {
    const rate = this.#rates.get(kind)
    if (!this.#on || rate === undefined || !this.#chance.hits(rate)) return false
    this.count(kind)
    return true
  }

  /** The rate of a kind, for faults that come by themselves and not with a call; zero where it is off. */
  rateOf(kind: Fault): number {
    return this.#on ? (this.#rates.get(kind) ?? 0) : 0
  }

  count(kind: Fault): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1)
  }

  /** From here on everything works. */
  end(): void {
    this.#on = false
  }

  describe(): string {
    return [...this.#rates].map(([kind, rate]) => `${kind} ${rate.toFixed(3)}`).join(', ')
  }
}
