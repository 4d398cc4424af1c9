/** One use of an `Idempotency-Key`: caller, route and key name it. */
export type KeyUse = {
  readonly caller: string
  readonly route: string
  readonly key: string
  readonly requestHash: string
}

export type StoredAnswer = { readonly status: number; readonly body: string }

export type KeyClaim =
  /** Go on; `resourceId` is the id the effect must be bound to, the same again after a crash, so that it happens once. */
  | { readonly state: 'claimed'; readonly resourceId: string }
  | { readonly state: 'answered'; readonly answer: StoredAnswer }
  | { readonly state: 'in_use' }
  | { readonly state: 'reused' }

/** Remembers answers for 24 h. Each call is durable before it returns. */
export interface IdempotencyKeys {
  /** Takes the key for `leaseMs`, or tells why not. `resourceId` is used if this is the first use. */
  claim(use: KeyUse, resourceId: string, now: Date, leaseMs: number): Promise<KeyClaim>
  /** Keeps the answer to give again. */
  complete(use: KeyUse, answer: StoredAnswer, now: Date): Promise<void>
  /** Gives the key back without an answer, so that a retry goes on at once with the same `resourceId`. */
  release(use: KeyUse): Promise<void>
  /** Forgets what is older than 24 h; returns how many. */
  purge(now: Date): Promise<number>
}
