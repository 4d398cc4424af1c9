import { type Compilable, type Expression, type Kysely, type SqlBool, sql } from 'kysely'
import { type AuditLink, type AuditPlace, NO_LINK } from '../../application/audit/audit-chain.ts'
import type { AuditEntry, AuditFilter, AuditLog } from '../../application/audit/audit-log.ts'
import type { Page, PageRequest } from '../../application/page.ts'
import { linkOf } from './audit-link.ts'
import type { Executor } from './executor.ts'
import { equalities, pageConditions, pageOf, type Slice } from './paging.ts'
import { indexFor, readBy } from './read-by.ts'
import { toColumn, toDate, toOptional } from './row-values.ts'
import { type DB, kindsOf, type Row } from './schema.ts'
import { countOf, pageInSlices, sliceEnd } from './slices.ts'
import { insertion, query, statement } from './statement.ts'

const CHAINED_AT_ONCE = 500

/** Younger than this entry; the first part alone is what an index can use. */
const behind = (after: AuditPlace | undefined): readonly Expression<SqlBool>[] => {
  if (after === undefined) return []
  const { at, id } = after
  const time = sql.ref('audit.created_at')
  return [sql<SqlBool>`${time} >= ${at} and (${time} > ${at} or ${sql.ref('audit.id')} > ${id})`]
}

export const auditStatements = (builder: Kysely<DB>) => ({
  insert: insertion(builder, 'audit'),
  link: insertion(builder, 'audit_chain'),
  last: statement({ limit: 'integer' }, ({ limit }) =>
    builder.selectFrom('audit_chain').selectAll().orderBy('seq', 'desc').limit(limit),
  ),
  count: (): Compilable<{ readonly entries: number }> =>
    builder.selectFrom('audit').select((eb) => eb.fn.countAll<number>().as('entries')),
  /** The next entries by age, each with the number of its link. */
  listAged: (after: AuditPlace | undefined) =>
    readBy(builder, 'audit', 'audit_by_age')
      .leftJoin('audit_chain', 'audit_chain.audit_id', 'audit.id')
      .selectAll('audit')
      .select('audit_chain.seq')
      .where((eb) => eb.and(behind(after)))
      .orderBy('audit.created_at')
      .orderBy('audit.id')
      .limit(CHAINED_AT_ONCE),
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

  /** Who comes second to a number meets its key, and runs again behind whoever has taken it. */
  async append(entry: AuditEntry): Promise<void> {
    const row = toAuditRow(entry)
    await this.#sql.insert(this.#on, [row])
    await this.#sql.link(this.#on, [linkOf((await this.head()) ?? NO_LINK, row)])
  }

  async head(): Promise<AuditLink | undefined> {
    const last = await this.#sql.last.first(this.#on, { limit: 1 })
    return last && { seq: last.seq, auditId: last.audit_id, hash: last.hash }
  }

  async chainEarlier(after: AuditPlace | undefined): Promise<AuditPlace | undefined> {
    let last = (await this.head()) ?? NO_LINK
    const [count] = await query(this.#on, this.#sql.count())
    if (count === undefined || count.entries <= last.seq) return undefined
    const rows = await query(this.#on, this.#sql.listAged(after))
    const links: Row<'audit_chain'>[] = []
    for (const row of rows.filter(({ seq }) => seq === null)) {
      const link = linkOf(last, row)
      links.push(link)
      last = link
    }
    await this.#sql.link(this.#on, links)
    const end = rows.at(-1)
    return end && { at: end.created_at, id: end.id }
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
