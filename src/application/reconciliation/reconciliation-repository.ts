import type { Provider } from '../../domain/payment.ts'
import type { ReconciliationRun, RunStatus } from '../../domain/reconciliation.ts'
import type { ShanghaiDay } from '../../domain/shanghai-day.ts'
import type { Page, PageRequest } from '../page.ts'
import type { Versioned } from '../versioned.ts'

export type RunFilter = {
  readonly provider?: Provider | undefined
  readonly status?: RunStatus | undefined
}

export interface ReconciliationReader {
  find(id: string): Promise<Versioned<ReconciliationRun> | undefined>
  /** The one that has not ended, of this day. */
  findOpen(provider: Provider, day: ShanghaiDay): Promise<Versioned<ReconciliationRun> | undefined>
  /** The one that was begun last. */
  findLatest(provider: Provider, day: ShanghaiDay): Promise<Versioned<ReconciliationRun> | undefined>
  /** Whether this day was ever compared to its end. */
  wasCompleted(provider: Provider, day: ShanghaiDay): Promise<boolean>
  /** Newest first. */
  list(filter: RunFilter, page: PageRequest): Promise<Page<ReconciliationRun>>
}

/** A run whose turn it is, leased to the caller. `attempts` counts the claims so far, this one included. */
export type DueRun = { readonly run: Versioned<ReconciliationRun>; readonly attempts: number }

export interface ReconciliationRepository extends ReconciliationReader {
  /** `false` where another run of this day has not ended; nothing is written then. */
  insert(run: ReconciliationRun, dueAt: Date): Promise<boolean>
  /** Writes the new state only if nobody wrote since `before` was read. One that has ended is due no more. */
  replace(before: Versioned<ReconciliationRun>, after: ReconciliationRun, at: Date): Promise<boolean>
  /** Takes up to `limit` due ones by pushing their due time to `leaseUntil`. */
  claimDue(now: Date, leaseUntil: Date, limit: number): Promise<readonly DueRun[]>
  /** Takes this one, whenever it is due; `undefined` where it has ended. */
  claim(id: string, leaseUntil: Date): Promise<DueRun | undefined>
  /** When it is to be looked at next; only while it has not ended. */
  postpone(id: string, until: Date): Promise<void>
}
