import { err, ok, type Result } from 'neverthrow'
import type { Fen } from './money.ts'
import type { Provider } from './payment.ts'
import type { ShanghaiDay } from './shanghai-day.ts'

/** What a comparison of a day came to. Amounts are sums over payments, and over refunds. */
export type ReconciliationSummary = {
  /** Rows of the bill. */
  readonly remoteCount: number
  /** Payments and refunds of the books on that day. */
  readonly localCount: number
  readonly matched: number
  readonly amountDiffers: number
  readonly statusDiffers: number
  readonly missingLocal: number
  readonly missingRemote: number
  readonly unreadable: number
  readonly remoteAmount: Fen
  readonly localAmount: Fen
  readonly remoteRefunds: Fen
  readonly localRefunds: Fen
  /** What the gateway kept; below zero where it gave back more. */
  readonly feesFen: number
  /** What the merchant's balance gained; below zero where more went back. */
  readonly netFen: number
}

export type RunFacts = {
  readonly id: string
  readonly provider: Provider
  readonly day: ShanghaiDay
  /** An operator, or `schedule`. */
  readonly requestedBy: string
  readonly startedAt: Date
}

/** One comparison of a provider's bill of a day with the books. */
export type ReconciliationRun = RunFacts &
  (
    | { readonly status: 'running'; readonly billId: string | undefined }
    /** The bill can't be had yet; it is asked for again by itself. */
    | { readonly status: 'waiting'; readonly reason: string }
    | { readonly status: 'completed'; readonly summary: ReconciliationSummary; readonly finishedAt: Date }
    | { readonly status: 'failed'; readonly reason: string; readonly finishedAt: Date }
  )

export type RunStatus = ReconciliationRun['status']

export type RunEvent =
  | { readonly type: 'begun' }
  | { readonly type: 'bill_kept'; readonly billId: string }
  | { readonly type: 'put_off'; readonly reason: string }
  | { readonly type: 'completed'; readonly summary: ReconciliationSummary; readonly at: Date }
  | { readonly type: 'failed'; readonly reason: string; readonly at: Date }

export type RunDomainEvent =
  | {
      readonly type: 'reconciliation.completed'
      readonly runId: string
      readonly at: Date
    }
  | { readonly type: 'reconciliation.failed'; readonly runId: string; readonly reason: string; readonly at: Date }

export type RunError = { readonly code: 'RUN_ENDED'; readonly status: RunStatus }

export type RunTransition = readonly [ReconciliationRun, readonly RunDomainEvent[]]
type On<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>
type Outcome = Result<RunTransition, RunError>

/** The run's machine: total, silent on repeats; what has ended stays as it is. */
export const transitionRun = (run: ReconciliationRun, event: RunEvent): Outcome => {
  switch (event.type) {
    case 'begun':
      return begun(run)
    case 'bill_kept':
      return billKept(run, event)
    case 'put_off':
      return putOff(run, event)
    case 'completed':
      return completed(run, event)
    case 'failed':
      return failed(run, event)
  }
}

const factsOf = ({ id, provider, day, requestedBy, startedAt }: ReconciliationRun): RunFacts => ({
  id,
  provider,
  day,
  requestedBy,
  startedAt,
})

const begun = (run: ReconciliationRun): Outcome => {
  switch (run.status) {
    case 'waiting':
      return ok([{ ...factsOf(run), status: 'running', billId: undefined }, []])
    case 'running':
      return ok([run, []])
    case 'completed':
    case 'failed':
      return ended(run)
  }
}

const billKept = (run: ReconciliationRun, { billId }: On<'bill_kept'>): Outcome => {
  switch (run.status) {
    case 'running':
      return ok([run.billId === billId ? run : { ...run, billId }, []])
    case 'waiting':
      return ok([{ ...factsOf(run), status: 'running', billId }, []])
    case 'completed':
    case 'failed':
      return ended(run)
  }
}

const putOff = (run: ReconciliationRun, { reason }: On<'put_off'>): Outcome => {
  switch (run.status) {
    case 'running':
      return ok([{ ...factsOf(run), status: 'waiting', reason }, []])
    case 'waiting':
      return ok([run.reason === reason ? run : { ...run, reason }, []])
    case 'completed':
    case 'failed':
      return ended(run)
  }
}

const completed = (run: ReconciliationRun, { summary, at }: On<'completed'>): Outcome => {
  switch (run.status) {
    case 'running':
    case 'waiting':
      return ok([
        { ...factsOf(run), status: 'completed', summary, finishedAt: at },
        [{ type: 'reconciliation.completed', runId: run.id, at }],
      ])
    case 'completed':
      return ok([run, []])
    case 'failed':
      return ended(run)
  }
}

const failed = (run: ReconciliationRun, { reason, at }: On<'failed'>): Outcome => {
  switch (run.status) {
    case 'running':
    case 'waiting':
      return ok([
        { ...factsOf(run), status: 'failed', reason, finishedAt: at },
        [{ type: 'reconciliation.failed', runId: run.id, reason, at }],
      ])
    case 'failed':
      return ok([run, []])
    case 'completed':
      return ended(run)
  }
}

const ended = ({ status }: ReconciliationRun): Outcome => err({ code: 'RUN_ENDED', status })
