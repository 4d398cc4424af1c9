import type { Fen } from '../../domain/money.ts'

/**
 * A refund that was not asked for here and of which a gateway told, mostly made in its own console. It is asked about
 * until the gateway tells enough to book it, and stays known under the number that the gateway has for it.
 */
export type RefundClue = {
  readonly paymentId: string
  /** The gateway's number of the refund; undefined where it only told that money has gone back. */
  readonly number: string | undefined
  /** Of this refund alone, where the gateway told it. */
  readonly amount: Fen | undefined
  /** Ours, once it is on the books. */
  readonly refundNo: string | undefined
  readonly createdAt: Date
}

export interface RefundClueReader {
  find(paymentId: string, number: string | undefined): Promise<RefundClue | undefined>
  /** Those of a payment that have not ended, by number. */
  listOpen(paymentId: string): Promise<readonly RefundClue[]>
}

/** A clue whose turn it is, leased to the caller. `attempts` counts the claims so far, this one included. */
export type DueClue = { readonly clue: RefundClue; readonly attempts: number }

export interface RefundClueRepository extends RefundClueReader {
  /** Notes it, due at once; `false` where it is noted already, and nothing is written then. */
  insert(clue: RefundClue): Promise<boolean>
  /** Nothing more is to be asked: it is on the books as the clue says, or was given up. Notes it where it was not. */
  end(clue: RefundClue): Promise<void>
  /** Takes up to `limit` due ones by pushing their due time to `leaseUntil`, so that two processes never take one together. */
  claimDue(now: Date, leaseUntil: Date, limit: number): Promise<readonly DueClue[]>
  /** When it is to be asked about next; only while it has not ended. */
  postpone(clue: RefundClue, until: Date): Promise<void>
}
