import type { Kysely } from 'kysely'
import type { AuditEntry, AuditFilter, AuditLog } from '../../application/audit/audit-log.ts'
import type { Page, PageRequest } from '../../application/page.ts'
import type { Executor } from './executor.ts'
import { equalities, pageConditions, pageOf, type Slice } from './paging.ts'
import { indexFor, readBy } from './read-by.ts'
import { toColumn, toDate, toOptional } from './row-values.ts'
import { type DB, kindsOf, type Row } from './schema.ts'
import { countOf, pageInSlices, sliceEnd } from './slices.ts'
import { insertion, query, statement } from './statement.ts'

export const auditStatements = (builder: Kysely<DB>) => ({
  insert: insertion(builder, 'audit'),
  has: statement(kindsOf('audit', 'id'), ({ id }) => builder.selectFrom('audit').select('id').where('id', '=', id)),
  list: (filter: AuditFilter, page: Slice) => {
    const { subject, actor, action } = filter
    // An action has no index: nobody looks for one without saying when or by whom, and it would be one more to keep.
    const byAge = subject === undefined && actor === undefined
    return readBy(builder, 'audit', indexFor('audit', { subject, actor }))
      .selectAll()
      .where((eb) => eb.and([...equalities({ subject, actor, action }, byAge), ...pageConditions(page, filter)]))
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .limit(page.limit + 1)
  },
  listEnd: (filter: AuditFilter, page: Slice) => {
    const { subject, actor } = filter
    const indexed = equalities({ subject, actor }).slice(0, 1)
    const index = indexFor('audit', { subject, actor })
    return sliceEnd(builder, { table: 'audit', index }, [...indexed, ...pageConditions(page, filter)])
  },
})

const isSparse = ({ subject, actor, action }: AuditFilter): boolean =>
  action !== undefined || countOf(subject, actor) > 1

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

  async has(id: string): Promise<boolean> {
    return (await this.#sql.has.first(this.#on, { id })) !== undefined
  }

  async list(filter: AuditFilter, page: PageRequest): Promise<Page<AuditEntry>> {
    const list = async (slice: Slice) => (await query(this.#on, this.#sql.list(filter, slice))).map(toAuditEntry)
    const end = (slice: Slice) => this.#sql.listEnd(filter, slice)
    const place = ({ at: createdAt, id }: AuditEntry) => ({ createdAt, id })
    return isSparse(filter)
      ? pageInSlices({ on: this.#on, end, list }, page, place)
      : pageOf(await list(page), page, place)
  }
}

export const toAuditEntry = (row: Row<'audit'>): AuditEntry => ({
  id: row.id,
  actor: row.actor,
  action: row.action,
  subject: row.subject,
  reason: toOptional(row.reason),
  before: fromJson(row.state_before),
  after: fromJson(row.state_after),
  requestId: row.request_id,
  ip: toOptional(row.ip),
  at: toDate(row.created_at),
})

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

const fromJson = (json: string | null): unknown => (json === null ? undefined : JSON.parse(json))
