import type { AuditEntry } from './audit-log.ts'

/** An entry as it is written: its states in JSON, its time in epoch milliseconds. */
export type WrittenEntry = Omit<AuditEntry, 'before' | 'after' | 'at'> & {
  readonly before: string | undefined
  readonly after: string | undefined
  readonly at: number
}

/** Where an entry stands among all by their age. */
export type AuditPlace = Pick<WrittenEntry, 'at' | 'id'>

export type AuditLink = {
  /** Counts from 1. */
  readonly seq: number
  readonly auditId: string
  /** SHA-256 in hexadecimal, over the entry, its number and the hash of the link before. */
  readonly hash: string
}

/** What the first link has in front of it. */
export const NO_LINK: Pick<AuditLink, 'seq' | 'hash'> = { seq: 0, hash: '' }

/** What the hash of an entry's link is made of. It is the same for every store, and for ever: else old links break. */
export const linkedText = (previous: Pick<AuditLink, 'seq' | 'hash'>, entry: WrittenEntry): string =>
  JSON.stringify([
    'audit 1',
    previous.seq + 1,
    previous.hash,
    entry.id,
    entry.actor,
    entry.action,
    entry.subject,
    entry.reason ?? null,
    entry.before ?? null,
    entry.after ?? null,
    entry.requestId,
    entry.ip ?? null,
    entry.at,
  ])
