import { err, ok, type Result } from 'neverthrow'
import type { Difference } from '../../domain/discrepancy.ts'
import { ZERO_FEN } from '../../domain/money.ts'
import {
  type ReconciliationRun,
  type ReconciliationSummary,
  type RunEvent,
  transitionRun,
} from '../../domain/reconciliation.ts'
import { addDays } from '../../domain/shanghai-day.ts'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { Gateways } from '../payments/payment-gateway.ts'
import { type Readers, type Transaction, WRITE_CONFLICT, type WriteConflict } from '../transaction.ts'
import type { KeptBill } from './bill-repository.ts'
import type { CompareBill } from './compare-bill.ts'
import type { FetchBill } from './fetch-bill.ts'
import { endDrift, endVanished, keepDifferences } from './keep-differences.ts'
import { judgeRun } from './judge-run.ts'
import type { KeepFundFlow } from './keep-fund-flow.ts'
import type { DueRun } from './reconciliation-repository.ts'

/** How far a run is, in thousandths, and what it is at. */
export type RunProgress = (stage: 'fetching' | 'comparing' | 'healing', done: number) => void

export type RunDeps = {
  readonly transaction: Transaction
  readonly readers: Pick<Readers, 'reconciliations' | 'bills' | 'discrepancies'>
  readonly clock: Clock
  readonly ids: Ids
  readonly gateways: Gateways
  readonly fetchBill: FetchBill
  readonly compareBill: CompareBill
  readonly healDiscrepancies: () => Promise<number>
  readonly keepFundFlow: KeepFundFlow
}

/** Takes a run that is leased to the caller to its end, or as far as it can go now; gives the run as it is then. */
export type RunReconciliation = (due: DueRun, onProgress?: RunProgress) => Promise<ReconciliationRun>

/** Longer than any pause between two signs of life. */
const LEASE_MS = 300_000
const RENEW_AFTER_MS = 60_000
/** T+1 and T+2: by when something around midnight must have come. */
const DRIFT_DAYS = { payment: 1, refund: 2, row: 0 } as const

export const leaseFrom = (now: Date): Date => new Date(now.getTime() + LEASE_MS)

/**
 * Gets the bill, holds it against the books, writes down what differs, lets the gateways' own answers settle what they
 * can, and ends. Each step may be done again: whoever takes over a run that broke off comes to the same end.
 */
export const runReconciliation =
  (deps: RunDeps): RunReconciliation =>
  async ({ run: { value: run }, attempts }, onProgress = () => undefined) => {
    if (run.status === 'completed' || run.status === 'failed') return run
    await write(deps, run.id, { type: 'begun' })
    const bill = await billOf(deps, run, attempts, onProgress)
    if (bill.isErr()) {
      const { error } = bill
      if (error.code === 'NEVER') return fail(deps, run.id, error.reason)
      return write(deps, run.id, { type: 'put_off', reason: error.reason }, error.at)
    }
    if (bill.value === 'empty') {
      await endVanished(deps)(run, run.id)
      return complete(deps, run, EMPTY)
    }
    if (run.status !== 'running' || run.billId !== bill.value.id)
      await write(deps, run.id, { type: 'bill_kept', billId: bill.value.id })
    const compared = await compare(deps, run, bill.value, onProgress)
    if (compared.isErr()) return fail(deps, run.id, compared.error)
    onProgress('healing', 0)
    if (bill.value.source === 'gateway') await deps.keepFundFlow(run)
    while ((await deps.healDiscrepancies()) > 0) await renew(deps, run.id)
    return complete(deps, run, compared.value)
  }

const billOf = async (
  deps: RunDeps,
  run: ReconciliationRun,
  attempts: number,
  onProgress: RunProgress,
): ReturnType<FetchBill> => {
  const kept =
    run.status === 'running' && run.billId !== undefined ? await deps.readers.bills.find(run.billId) : undefined
  if (kept !== undefined) return ok(kept)
  onProgress('fetching', 0)
  return deps.fetchBill(run, attempts, (bytes) => onProgress('fetching', bytes))
}

const compare = async (
  deps: RunDeps,
  run: ReconciliationRun,
  bill: KeptBill,
  onProgress: RunProgress,
): Promise<Result<ReconciliationSummary, string>> => {
  // Alipay's settings may leave it out.
  const merchantId = deps.gateways.find(run.provider)?.identity.merchantId || undefined
  const keep = keepDifferences(deps)
  const drifts = await driftsOf(deps, run)
  let renewedAt = deps.clock.now().getTime()
  for await (const part of deps.compareBill({ bill, merchantId })) {
    switch (part.type) {
      case 'progress':
        onProgress('comparing', part.done)
        break
      case 'found': {
        const differences = part.differences.map((difference) => mayDrift(difference, drifts))
        await keep({ bill: run, runId: run.id, differences, elsewhere: part.elsewhere })
        break
      }
      case 'broken':
        return err(part.reason)
      case 'done':
        await endVanished(deps)(run, run.id)
        return ok(part.summary)
    }
    const now = deps.clock.now().getTime()
    if (now - renewedAt < RENEW_AFTER_MS) continue
    renewedAt = now
    await renew(deps, run.id)
  }
  return err('对账中断 (the comparison broke off)')
}

type Drifts = Readonly<Record<Difference['about'], boolean>>

/** What is missing may still come as long as the days after have not been compared. */
const driftsOf = async ({ readers }: RunDeps, { provider, day }: ReconciliationRun): Promise<Drifts> => {
  const isOpen = async (days: number): Promise<boolean> =>
    days > 0 && !(await readers.reconciliations.wasCompleted(provider, addDays(day, days)))
  return { payment: await isOpen(DRIFT_DAYS.payment), refund: await isOpen(DRIFT_DAYS.refund), row: false }
}

const mayDrift = (difference: Difference, drifts: Drifts): Difference =>
  difference.class === 'missing_remote' && drifts[difference.about] ? { ...difference, withinDrift: true } : difference

const complete = async (
  deps: RunDeps,
  run: ReconciliationRun,
  summary: ReconciliationSummary,
): Promise<ReconciliationRun> => {
  const { provider, day } = run
  for (const about of ['payment', 'refund'] as const)
    await endDrift(deps)({ provider, day: addDays(day, -DRIFT_DAYS[about]) }, about)
  return write(deps, run.id, { type: 'completed', summary, at: deps.clock.now() })
}

const EMPTY: ReconciliationSummary = {
  remoteCount: 0,
  localCount: 0,
  matched: 0,
  amountDiffers: 0,
  statusDiffers: 0,
  missingLocal: 0,
  missingRemote: 0,
  unreadable: 0,
  remoteAmount: ZERO_FEN,
  localAmount: ZERO_FEN,
  remoteRefunds: ZERO_FEN,
  localRefunds: ZERO_FEN,
  feesFen: 0,
  netFen: 0,
}

const fail = (deps: RunDeps, runId: string, reason: string): Promise<ReconciliationRun> =>
  write(deps, runId, { type: 'failed', reason: reason.slice(0, 500), at: deps.clock.now() })

const renew = ({ transaction, clock }: RunDeps, runId: string): Promise<unknown> =>
  transaction.run(async ({ reconciliations }): Promise<Result<void, never>> => {
    await reconciliations.postpone(runId, leaseFrom(clock.now()))
    return ok(undefined)
  })

/** Takes the run one step further; one that somebody else has ended meanwhile stays as it is. */
const write = async (deps: RunDeps, runId: string, event: RunEvent, dueAt?: Date): Promise<ReconciliationRun> => {
  const written = await deps.transaction.run(
    async (repositories): Promise<Result<ReconciliationRun, WriteConflict>> => {
      const { reconciliations, outbox } = repositories
      const before = await reconciliations.find(runId)
      if (before === undefined) throw new Error(`reconciliation ${runId} is gone`)
      const next = transitionRun(before.value, event)
      if (next.isErr()) return ok(before.value)
      const [run, events] = next.value
      const at = deps.clock.now()
      if (run !== before.value && !(await reconciliations.replace(before, run, at))) return err(WRITE_CONFLICT)
      if (dueAt !== undefined) await reconciliations.postpone(runId, dueAt)
      const cause = { kind: 'timer', actor: run.requestedBy } as const
      if (events.length > 0) await outbox.append({ stream: runId, events, cause, at })
      if (run !== before.value) await judgeRun(repositories, run, at)
      return ok(run)
    },
  )
  return written.match(
    (run) => run,
    (impossible: never) => impossible,
  )
}
