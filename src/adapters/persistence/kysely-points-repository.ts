import type { Kysely } from 'kysely'
import type { Page, PageRequest } from '../../application/page.ts'
import type { PointsRepository } from '../../application/points/points-repository.ts'
import type { Versioned } from '../../application/versioned.ts'
import type { PointsAccount, PointsEntry, PointsEntryKind } from '../../domain/points.ts'
import { insertOnce } from './duplicates.ts'
import type { Executor } from './executor.ts'
import { pageConditions, pageOf } from './paging.ts'
import { toAccount, toEntry, toEntryRow } from './points-row.ts'
import { readBy } from './read-by.ts'
import { type DB, kindsOf, type Row, TABLES } from './schema.ts'
import { insertion, query, statement } from './statement.ts'

export const pointsStatements = (builder: Kysely<DB>) => ({
  account: statement(kindsOf('points_accounts', 'user_id'), (given) =>
    builder.selectFrom('points_accounts').selectAll().where('user_id', '=', given.user_id),
  ),
  entries: (userId: string, page: PageRequest) =>
    readBy(builder, 'points_entries', 'points_entries_by_user')
      .selectAll()
      .where('user_id', '=', userId)
      .where((eb) => eb.and(pageConditions(page)))
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .limit(page.limit + 1),
  posted: statement(kindsOf('points_entries', 'source_type', 'source_id', 'kind'), (given) =>
    builder
      .selectFrom('points_entries')
      .selectAll()
      .where('source_type', '=', given.source_type)
      .where('source_id', '=', given.source_id)
      .where('kind', '=', given.kind),
  ),
  open: insertion(builder, 'points_accounts'),
  replace: statement(TABLES.points_accounts, ({ user_id, version, ...changes }) =>
    builder
      .updateTable('points_accounts')
      .set(changes)
      .set((eb) => ({ version: eb('version', '+', 1) }))
      .where('user_id', '=', user_id)
      .where('version', '=', version),
  ),
  insertEntry: insertion(builder, 'points_entries'),
})

export class KyselyPointsRepository implements PointsRepository {
  readonly #sql: ReturnType<typeof pointsStatements>
  readonly #on: Executor

  constructor(sql: ReturnType<typeof pointsStatements>, on: Executor) {
    this.#sql = sql
    this.#on = on
  }

  async account(userId: string): Promise<Versioned<PointsAccount>> {
    const row = await this.#sql.account.first(this.#on, { user_id: userId })
    return row ? toAccount(row) : { value: { userId, balance: 0 }, version: 0, updatedAt: new Date(0) }
  }

  async entries(userId: string, page: PageRequest): Promise<Page<PointsEntry>> {
    const rows = await query(this.#on, this.#sql.entries(userId, page))
    return pageOf(rows.map(toEntry), page, (entry) => entry)
  }

  async posted({ type, id }: PointsEntry['source'], kind: PointsEntryKind): Promise<PointsEntry | undefined> {
    const row = await this.#sql.posted.first(this.#on, { source_type: type, source_id: id, kind })
    return row && toEntry(row)
  }

  async post(
    before: Versioned<PointsAccount>,
    after: PointsAccount,
    entry: PointsEntry,
  ): Promise<'posted' | 'conflict' | 'repeated'> {
    const row = toEntryRow(entry)
    if ((await this.posted(entry.source, entry.kind)) !== undefined) return 'repeated'
    // Whoever posts this source at the same time changes this account too, so the entry can't come between.
    if (!(await this.#replaceAccount(before, after, entry.createdAt))) return 'conflict'
    await this.#sql.insertEntry(this.#on, [row])
    return 'posted'
  }

  async #replaceAccount({ version }: Versioned<PointsAccount>, after: PointsAccount, at: Date): Promise<boolean> {
    const row: Row<'points_accounts'> = {
      user_id: after.userId,
      balance: after.balance,
      updated_at: at.getTime(),
      version,
    }
    if (version > 0) return (await this.#sql.replace.change(this.#on, row)) === 1
    return insertOnce(
      () => this.#sql.open(this.#on, [{ ...row, version: 1 }]),
      async () => true, // The user id is its only key.
    )
  }
}
