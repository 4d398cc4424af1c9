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
}

/** Entries are added and read; there is no way to change or delete one. */
export interface AuditLog extends AuditReader {
  append(entry: AuditEntry): Promise<void>
  /** Whether this was written before: then the action is a repeat of one that has been done. */
  has(id: string): Promise<boolean>
}
