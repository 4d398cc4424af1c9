import { err, ok, type Result } from 'neverthrow'
import type { Provider } from '../../domain/payment.ts'
import type { ReconciliationRun } from '../../domain/reconciliation.ts'
import { transitionRun } from '../../domain/reconciliation.ts'
import { type ShanghaiDay, shanghaiDayOf } from '../../domain/shanghai-day.ts'
import type { Operator } from '../catalogue/maintain-catalogue.ts'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { Gateways } from '../payments/payment-gateway.ts'
import { type Repositories, type Transaction, WRITE_CONFLICT, type WriteConflict } from '../transaction.ts'

export type RequestedDay = { readonly provider: Provider; readonly day: ShanghaiDay }

export type RequestReconciliationError =
  | { readonly code: 'PROVIDER_NOT_CONFIGURED' }
  | { readonly code: 'DAY_IN_FUTURE' }

export type RequestDeps = {
  readonly transaction: Transaction
  readonly clock: Clock
  readonly ids: Ids
  readonly gateways: Gateways
}

/** Has a day compared: begins a run, or hurries the one that has not ended. The jobs do the work. */
export const requestReconciliation =
  (deps: RequestDeps) =>
  async (
    requested: RequestedDay,
    runId: string,
    operator: Operator,
    dueAt?: Date,
  ): Promise<Result<ReconciliationRun, RequestReconciliationError>> => {
    const refused = refusalOf(deps, requested)
    if (refused !== undefined) return err(refused)
    return deps.transaction.run((repositories) =>
      openRun(deps, repositories, { ...requested, runId, operator, ...(dueAt && { dueAt }) }),
    )
  }

export const refusalOf = (
  { gateways, clock }: RequestDeps,
  { provider, day }: RequestedDay,
): RequestReconciliationError | undefined => {
  if (gateways.find(provider) === undefined) return { code: 'PROVIDER_NOT_CONFIGURED' }
  return day > shanghaiDayOf(clock.now()) ? { code: 'DAY_IN_FUTURE' } : undefined
}

export type OpenRun = RequestedDay & {
  readonly runId: string
  readonly operator: Operator
  /** The one to go by. */
  readonly billId?: string
  /** When the jobs may take it, where the caller does the work himself. */
  readonly dueAt?: Date
}

/** The run of this day that has not ended, due now; with a bill it goes by that one. */
export const openRun = async (
  { clock, ids }: RequestDeps,
  { reconciliations, audit }: Repositories,
  { provider, day, runId, operator, billId, dueAt }: OpenRun,
): Promise<Result<ReconciliationRun, WriteConflict>> => {
  const at = clock.now()
  const repeated = await reconciliations.find(runId)
  if (repeated !== undefined) return ok(repeated.value)
  const begun = await reconciliations.findOpen(provider, day)
  const entry = { action: 'reconciliation.request', reason: undefined, ...operator, id: ids.entity(), at }
  if (begun !== undefined) {
    const next =
      billId === undefined ? ok([begun.value, []] as const) : transitionRun(begun.value, { type: 'bill_kept', billId })
    if (next.isErr()) return err(WRITE_CONFLICT)
    const [run] = next.value
    if (run !== begun.value && !(await reconciliations.replace(begun, run, at))) return err(WRITE_CONFLICT)
    // One that is at work is left to it.
    if (begun.value.status === 'waiting') await reconciliations.postpone(run.id, dueAt ?? at)
    await audit.append({ ...entry, subject: run.id, before: begun.value, after: run })
    return ok(run)
  }
  const requestedBy = operator.actor
  const run: ReconciliationRun = { id: runId, provider, day, requestedBy, startedAt: at, status: 'running', billId }
  if (!(await reconciliations.insert(run, dueAt ?? at))) return err(WRITE_CONFLICT)
  await audit.append({ ...entry, subject: runId, before: undefined, after: run })
  return ok(run)
}
