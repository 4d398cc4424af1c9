import { ok, type Result } from 'neverthrow'
import type { Clock } from './clock.ts'
import type { Repositories, Transaction } from './transaction.ts'

type Deps = { readonly transaction: Transaction; readonly clock: Clock }

/** Takes up to `limit` due things by pushing their due time to `leaseUntil`. */
type Claim<T> = (repositories: Repositories, now: Date, leaseUntil: Date, limit: number) => Promise<readonly T[]>

/** Side by side at a gateway, which has to have room for what payers ask meanwhile. */
const BATCH = 40
const MAX_BATCHES = 10
/** Longer than the gateway calls for one thing take, so that no second process begins with it meanwhile. */
const LEASE_MS = 60_000

/**
 * Claims what is due and works on it side by side, a batch after another while there is more; gives how many there
 * were. One that throws fails the turn, but only once the others of its batch are through, so that nothing is still at
 * work when the turn is over.
 */
export const workOffDue = async <T>(deps: Deps, claim: Claim<T>, work: (one: T) => Promise<void>): Promise<number> => {
  let count = 0
  for (let batch = 1; batch <= MAX_BATCHES; batch += 1) {
    const due = await claimBatch(deps, claim)
    const ends = await Promise.allSettled(due.map(work))
    const failed = ends.find((end) => end.status === 'rejected')
    if (failed !== undefined) throw failed.reason
    count += due.length
    if (due.length < BATCH) break
  }
  return count
}

const claimBatch = async <T>({ transaction, clock }: Deps, claim: Claim<T>): Promise<readonly T[]> => {
  const now = clock.now()
  const leaseUntil = new Date(now.getTime() + LEASE_MS)
  const claimed = await transaction.run(
    async (repositories): Promise<Result<readonly T[], never>> => ok(await claim(repositories, now, leaseUntil, BATCH)),
  )
  return claimed.isOk() ? claimed.value : []
}

/** When the next turn comes after so many gaps of the schedule, the last one repeated. */
export const nextTurn = ({ clock }: Pick<Deps, 'clock'>, scheduleMs: readonly number[], gapsBefore: number): Date =>
  new Date(clock.now().getTime() + (scheduleMs[Math.min(gapsBefore, scheduleMs.length - 1)] ?? 60_000))
