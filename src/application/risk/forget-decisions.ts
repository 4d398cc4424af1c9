import { ok, type Result } from 'neverthrow'
import type { Clock } from '../clock.ts'
import type { Transaction } from '../transaction.ts'

type Deps = { readonly transaction: Transaction; readonly clock: Clock }

/** Long enough for a customer's complaint and for any rule's report; they hold addresses, and nothing needs them later. */
const KEPT_MS = 180 * 86_400_000
/** So many in one unit of work, so that nobody waits for it. */
const BATCH = 200

/** Removes the oldest decisions whose time is over, a batch a turn. Gives how many there were. */
export const forgetDecisions =
  ({ transaction, clock }: Deps) =>
  async (): Promise<number> => {
    const before = new Date(clock.now().getTime() - KEPT_MS)
    const forgotten = await transaction.run(
      async ({ riskDecisions }): Promise<Result<number, never>> => ok(await riskDecisions.forget(before, BATCH)),
    )
    return forgotten.unwrapOr(0)
  }
