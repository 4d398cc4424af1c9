import { ok, type Result } from 'neverthrow'
import type { Provider } from '../../domain/payment.ts'
import type { ReconciliationRun } from '../../domain/reconciliation.ts'
import { addDays, type ShanghaiDay, shanghaiDayOf, startOfDay } from '../../domain/shanghai-day.ts'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { Gateways } from '../payments/payment-gateway.ts'
import type { Readers, Transaction } from '../transaction.ts'
import { publishedAt } from './fetch-bill.ts'
import { leaseFrom, type RunReconciliation } from './run-reconciliation.ts'

type Deps = {
  readonly transaction: Transaction
  readonly readers: Pick<Readers, 'reconciliations' | 'dayBooks'>
  readonly clock: Clock
  readonly ids: Ids
  readonly gateways: Gateways
}

/** A service that was down for so long still catches up. */
const LOOK_BACK_DAYS = 7

/** Begins a run for each day and provider whose bill should be out, and which has none yet. Gives how many. */
export const scheduleReconciliations = (deps: Deps) => async (): Promise<number> => {
  let begun = 0
  for (const provider of deps.gateways.configured) {
    const first = await deps.readers.dayBooks.firstPaymentAt(provider)
    if (first === undefined) continue
    for (const day of daysOut(deps.clock.now(), first)) if (await begin(deps, provider, day)) begun += 1
  }
  return begun
}

/** The days, oldest first, whose bill should be there, back to the first payment. */
const daysOut = (now: Date, first: Date): readonly ShanghaiDay[] => {
  const today = shanghaiDayOf(now)
  const days = Array.from({ length: LOOK_BACK_DAYS }, (_, back) => addDays(today, back - LOOK_BACK_DAYS))
  return days.filter((day) => publishedAt(day) <= now && startOfDay(addDays(day, 1)) > first)
}

const begin = async (
  { transaction, readers, clock, ids }: Deps,
  provider: Provider,
  day: ShanghaiDay,
): Promise<boolean> => {
  if ((await readers.reconciliations.findLatest(provider, day)) !== undefined) return false
  const at = clock.now()
  const begun = await transaction.run(async ({ reconciliations }): Promise<Result<boolean, never>> => {
    if ((await reconciliations.findLatest(provider, day)) !== undefined) return ok(false)
    const named = { id: ids.entity(), provider, day, requestedBy: 'schedule', startedAt: at }
    const run: ReconciliationRun = { ...named, status: 'running', billId: undefined }
    return ok(await reconciliations.insert(run, at))
  })
  return begun.isOk() && begun.value
}

type WorkDeps = {
  readonly transaction: Transaction
  readonly clock: Clock
  readonly runReconciliation: RunReconciliation
}

/** Works on the runs that are due, one after another: each has a whole bill in hand. Gives how many. */
export const workOnReconciliations =
  ({ transaction, clock, runReconciliation: run }: WorkDeps) =>
  async (): Promise<number> => {
    for (let worked = 0; ; worked += 1) {
      const now = clock.now()
      const claimed = await transaction.run(async ({ reconciliations }) =>
        ok(await reconciliations.claimDue(now, leaseFrom(now), 1)),
      )
      const due = claimed.isOk() ? claimed.value[0] : undefined
      if (due === undefined) return worked
      await run(due)
    }
  }
