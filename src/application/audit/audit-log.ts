import type { AuditLink, AuditPlace } from './audit-chain.ts'
import type { Page, PageRequest, TimeRange } from '../page.ts'

/** What an operator did: who, why, what it was before and after. Never changed or deleted. */
export type AuditEntry = {
  readonly id: string
  readonly actor: string
  readonly action: string
  readonly subject: string
  readonly reason: string | undefined
  readonly before: unknown
  readonly after: unknown
  readonly requestId: string
  readonly ip: string | undefined
  readonly at: Date
}

export type AuditFilter = TimeRange & {
  readonly actor?: string | undefined
  readonly action?: string | undefined
  readonly subject?: string | undefined
}

export interface AuditReader {
  /** Newest first. What was there before and after comes as it is written in JSON. */
  list(filter: AuditFilter, page: PageRequest): Promise<Page<AuditEntry>>
  /** The end of the chain in which each entry is held by the next. */
  head(): Promise<AuditLink | undefined>
  /** Whether this was written before: then the action is a repeat of one that has been done. */
  has(id: string): Promise<boolean>
}

/** Entries are added and read; there is no way to change or delete one, and each new one is chained to the last. */
export interface AuditLog extends AuditReader {
  append(entry: AuditEntry): Promise<void>
  /**
   * Takes in what is outside of the chain among the next few hundred entries, oldest first; gives where to go on, and
   * nothing where all are in it.
   */
  chainEarlier(after: AuditPlace | undefined): Promise<AuditPlace | undefined>
}
