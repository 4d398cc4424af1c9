import { ok, type Result } from 'neverthrow'
import type { Clock } from './clock.ts'
import type { Repositories, Transaction } from './transaction.ts'

type Deps = { readonly transaction: Transaction; readonly clock: Clock }

/** Takes up to `limit` due things by pushing their due time to `leaseUntil`. */
type Claim<T> = (repositories: Repositories, now: Date, leaseUntil: Date, limit: number) => Promise<readonly T[]>

const BATCH = 20
/** Longer than the gateway calls for one thing take, so that no second process begins with it meanwhile. */
const LEASE_MS = 60_000

/**
 * Claims what is due and works on all of it side by side; gives how many there were. One that throws fails the turn,
 * but only once the others are through, so that nothing is still at work when the turn is over.
 */
export const workOffDue = async <T>(
  { transaction, clock }: Deps,
  claim: Claim<T>,
  work: (one: T) => Promise<void>,
): Promise<number> => {
  const now = clock.now()
  const leaseUntil = new Date(now.getTime() + LEASE_MS)
  const claimed = await transaction.run(
    async (repositories): Promise<Result<readonly T[], never>> => ok(await claim(repositories, now, leaseUntil, BATCH)),
  )
  const due = claimed.isOk() ? claimed.value : []
  const ends = await Promise.allSettled(due.map(work))
  const failed = ends.find((end) => end.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  return due.length
}

/** When the next turn comes after so many gaps of the schedule, the last one repeated. */
export const nextTurn = ({ clock }: Pick<Deps, 'clock'>, scheduleMs: readonly number[], gapsBefore: number): Date =>
  new Date(clock.now().getTime() + (scheduleMs[Math.min(gapsBefore, scheduleMs.length - 1)] ?? 60_000))
