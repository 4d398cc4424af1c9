import { ok, type Result } from 'neverthrow'
import type { Clock } from '../clock.ts'
import type { Transaction } from '../transaction.ts'

type Deps = { readonly transaction: Transaction; readonly clock: Clock }

/** Longer than any file takes to come. */
const ABANDONED_AFTER_MS = 24 * 3_600_000
const BATCH = 10

/** Takes away the beginnings of bills whose writer has died. Gives how many there were. */
export const dropAbandonedBills =
  ({ transaction, clock }: Deps) =>
  async (): Promise<number> => {
    const before = new Date(clock.now().getTime() - ABANDONED_AFTER_MS)
    const dropped = await transaction.run(async ({ bills }): Promise<Result<number, never>> => {
      const abandoned = await bills.listAbandoned(before, BATCH)
      for (const id of abandoned) await bills.discard(id)
      return ok(abandoned.length)
    })
    return dropped.isOk() ? dropped.value : 0
  }
