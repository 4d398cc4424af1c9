import { err, ok, type Result } from 'neverthrow'
import type { Fen } from './money.ts'

export type PointsAccount = { readonly userId: string; readonly balance: number }

export type PointsEntryKind = 'purchase' | 'bonus' | 'spend' | 'spend_refund' | 'take_back' | 'adjustment'

/** One line of the ledger; `(source, kind)` is unique, so one source counts once. */
export type PointsEntry = {
  readonly id: string
  readonly userId: string
  readonly kind: PointsEntryKind
  /** Whole points, positive in, negative out. */
  readonly delta: number
  readonly balanceAfter: number
  readonly source: { readonly type: 'order_line' | 'payment' | 'refund' | 'admin'; readonly id: string }
  readonly createdAt: Date
}

export type PointsDomainEvent =
  | { readonly type: 'points.credited'; readonly userId: string; readonly points: number; readonly at: Date }
  | { readonly type: 'points.debited'; readonly userId: string; readonly points: number; readonly at: Date }

export type PointsError =
  | { readonly code: 'INSUFFICIENT_POINTS'; readonly balance: number }
  | { readonly code: 'POINTS_OUT_OF_RANGE' }

export type PointsPosting = Omit<PointsEntry, 'balanceAfter'>

/** Posts a line and gives the account after it; the balance never goes below zero. */
export const postPoints = (
  account: PointsAccount,
  posting: PointsPosting,
): Result<readonly [PointsAccount, PointsEntry, readonly PointsDomainEvent[]], PointsError> => {
  const balance = account.balance + posting.delta
  if (!Number.isSafeInteger(posting.delta) || posting.delta === 0 || !Number.isSafeInteger(balance))
    return err({ code: 'POINTS_OUT_OF_RANGE' })
  if (balance < 0) return err({ code: 'INSUFFICIENT_POINTS', balance: account.balance })
  const at = posting.createdAt
  const event: PointsDomainEvent =
    posting.delta > 0
      ? { type: 'points.credited', userId: account.userId, points: posting.delta, at }
      : { type: 'points.debited', userId: account.userId, points: -posting.delta, at }
  return ok([{ userId: account.userId, balance }, { ...posting, balanceAfter: balance }, [event]])
}

/** What an amount costs in points at so many points a yuan, rounded up to a whole point. */
export const pointsFor = (amount: Fen, pointsPerYuan: number): number => {
  const rest = amount % 100
  const hundredths = rest * pointsPerYuan
  const part = (hundredths - (hundredths % 100)) / 100 + (hundredths % 100 === 0 ? 0 : 1)
  return ((amount - rest) / 100) * pointsPerYuan + part
}

/**
 * How many of the points an amount was paid with go back when the refunds of it rise from `before` to `after`: whole
 * points, rounded down over all parts together, so that the last part brings exactly what is left.
 */
export const pointsBack = (
  spent: number,
  { amount, before, after }: Readonly<Record<'amount' | 'before' | 'after', Fen>>,
): number => shareOf(spent, after, amount) - shareOf(spent, before, amount)

/** The product leaves the range in which numbers are exact. */
const shareOf = (points: number, part: Fen, whole: Fen): number =>
  Number((BigInt(points) * BigInt(part)) / BigInt(whole))
