import { createHash } from 'node:crypto'
import { type AuditLink, linkedText } from '../../application/audit/audit-chain.ts'
import { toOptional } from './row-values.ts'
import type { Row } from './schema.ts'

/** The link of an entry behind another link. */
export const linkOf = (previous: Pick<AuditLink, 'seq' | 'hash'>, row: Row<'audit'>): Row<'audit_chain'> => ({
  seq: previous.seq + 1,
  audit_id: row.id,
  hash: createHash('sha256')
    .update(linkedText(previous, writtenEntry(row)))
    .digest('hex'),
})

const writtenEntry = (row: Row<'audit'>): Parameters<typeof linkedText>[1] => ({
  id: row.id,
  actor: row.actor,
  action: row.action,
  subject: row.subject,
  reason: toOptional(row.reason),
  before: toOptional(row.state_before),
  after: toOptional(row.state_after),
  requestId: row.request_id,
  ip: toOptional(row.ip),
  at: row.created_at,
})
