import type { Discrepancy, DiscrepancyClass, DiscrepancyStatus } from '../../domain/discrepancy.ts'
import type { Provider } from '../../domain/payment.ts'
import type { ShanghaiDay } from '../../domain/shanghai-day.ts'
import type { Page, PageRequest } from '../page.ts'
import type { Versioned } from '../versioned.ts'

/** Whose, and of which day's bill. */
export type BillDay = { readonly provider: Provider; readonly day: ShanghaiDay }

export type DiscrepancyFilter = BillDay & {
  readonly class?: DiscrepancyClass | undefined
  readonly status?: DiscrepancyStatus | undefined
}

export interface DiscrepancyReader {
  find(id: string): Promise<Versioned<Discrepancy> | undefined>
  findSame(bill: BillDay, subject: string): Promise<Versioned<Discrepancy> | undefined>
  /** Newest first. */
  list(filter: DiscrepancyFilter, page: PageRequest): Promise<Page<Discrepancy>>
  /** Of any day. */
  listOpenOf(provider: Provider, subject: string): Promise<readonly Versioned<Discrepancy>[]>
  /** Open ones of the day that this run has not found. */
  listVanished(bill: BillDay, runId: string, limit: number): Promise<readonly Versioned<Discrepancy>[]>
  /** Open ones of this day and before that were still within their drift. */
  listDrifting(bill: BillDay, about: Discrepancy['about'], limit: number): Promise<readonly Versioned<Discrepancy>[]>
  /** Open ones of the day that can't come with a later bill any more. */
  countOpen(bill: BillDay): Promise<number>
}

/** A discrepancy whose turn it is, leased to the caller. `attempts` counts the claims so far, this one included. */
export type DueDiscrepancy = { readonly discrepancy: Versioned<Discrepancy>; readonly attempts: number }

export interface DiscrepancyRepository extends DiscrepancyReader {
  /** `runId` is the run that has found it, `askAt` when the gateway is to be asked, where it can be. `false` where it is there already. */
  insert(discrepancy: Discrepancy, runId: string, askAt: Date | undefined): Promise<boolean>
  /** Writes the new state only if nobody wrote since `before` was read. What has ended is asked about no more. */
  replace(before: Versioned<Discrepancy>, after: Discrepancy, at: Date): Promise<boolean>
  /** Notes that this run has found it again. */
  seen(id: string, runId: string): Promise<void>
  claimDue(now: Date, leaseUntil: Date, limit: number): Promise<readonly DueDiscrepancy[]>
  /** The gateway is to be asked then, as if it never had been; only while it is open. */
  askAnew(id: string, at: Date): Promise<void>
  /** When the gateway is to be asked next, or that it is not; only while it is open. */
  postpone(id: string, until: Date | undefined): Promise<void>
  /** Notes that something was found in this day's bill although the books have it on another day. */
  noteElsewhere(bill: BillDay, subjects: readonly string[], at: Date): Promise<void>
}
