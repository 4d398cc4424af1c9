import type { Kysely } from 'kysely'
import type { AuditEntry, AuditLog } from '../../application/audit/audit-log.ts'
import type { Executor } from './executor.ts'
import { toColumn } from './row-values.ts'
import type { DB, Row } from './schema.ts'
import { insertion } from './statement.ts'

export const auditStatements = (builder: Kysely<DB>) => ({ insert: insertion(builder, 'audit') })

export class KyselyAuditLog implements AuditLog {
  readonly #sql: ReturnType<typeof auditStatements>
  readonly #on: Executor

  constructor(sql: ReturnType<typeof auditStatements>, on: Executor) {
    this.#sql = sql
    this.#on = on
  }

  append(entry: AuditEntry): Promise<void> {
    return this.#sql.insert(this.#on, [toAuditRow(entry)])
  }
}

export const toAuditRow = (entry: AuditEntry): Row<'audit'> => ({
  id: entry.id,
  actor: entry.actor,
  action: entry.action,
  subject: entry.subject,
  reason: toColumn(entry.reason),
  state_before: toJson(entry.before),
  state_after: toJson(entry.after),
  request_id: entry.requestId,
  ip: toColumn(entry.ip),
  created_at: entry.at.getTime(),
})

const toJson = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value))
