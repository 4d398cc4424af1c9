import type { Kysely } from 'kysely'
import type { Page, PageRequest } from '../../application/page.ts'
import type {
  DueRun,
  ReconciliationRepository,
  RunFilter,
} from '../../application/reconciliation/reconciliation-repository.ts'
import type { Versioned } from '../../application/versioned.ts'
import type { Provider } from '../../domain/payment.ts'
import type { ReconciliationRun } from '../../domain/reconciliation.ts'
import type { ShanghaiDay } from '../../domain/shanghai-day.ts'
import { insertOnce } from './duplicates.ts'
import type { Executor } from './executor.ts'
import { equalities, pageConditions, pageOf } from './paging.ts'
import { indexFor, readBy } from './read-by.ts'
import { toRun, toRunRow, toRunState } from './reconciliation-row.ts'
import { type DB, kindsOf, type Row } from './schema.ts'
import { skipLocked } from './skip-locked.ts'
import { insertion, query, statement } from './statement.ts'

const STATE = ['status', 'open_key', 'bill_id', 'reason', 'summary', 'finished_at', 'updated_at'] as const

export const reconciliationStatements = (builder: Kysely<DB>) => {
  const runs = builder.selectFrom('reconciliations').selectAll()
  const ofDay = (given: { readonly provider: string; readonly bill_day: string }) =>
    runs.where('provider', '=', given.provider).where('bill_day', '=', given.bill_day)
  return {
    find: statement({ id: 'text' }, ({ id }) => runs.where('id', '=', id)),
    findOpen: statement({ open_key: 'text' }, ({ open_key }) => runs.where('open_key', '=', open_key)),
    findLatest: statement(kindsOf('reconciliations', 'provider', 'bill_day'), (given) =>
      ofDay(given).orderBy('created_at', 'desc').orderBy('id', 'desc').limit(1),
    ),
    findCompleted: statement(kindsOf('reconciliations', 'provider', 'bill_day'), (given) =>
      ofDay(given).where('status', '=', 'completed').limit(1),
    ),
    list: ({ provider, status }: RunFilter, page: PageRequest) => {
      const columns = { provider, status }
      return readBy(builder, 'reconciliations', indexFor('reconciliations', columns))
        .selectAll()
        .where((eb) => eb.and([...equalities(columns), ...pageConditions(page)]))
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(page.limit + 1)
    },
    insert: insertion(builder, 'reconciliations'),
    replace: statement(kindsOf('reconciliations', 'id', 'version', ...STATE), ({ id, version, ...changes }) =>
      builder
        .updateTable('reconciliations')
        .set(changes)
        .set((eb) => ({ version: eb('version', '+', 1) }))
        .where('id', '=', id)
        .where('version', '=', version),
    ),
    /** The same, of one that is due no more. */
    end: statement(kindsOf('reconciliations', 'id', 'version', ...STATE), ({ id, version, ...changes }) =>
      builder
        .updateTable('reconciliations')
        .set(changes)
        .set((eb) => ({ due_at: null, version: eb('version', '+', 1) }))
        .where('id', '=', id)
        .where('version', '=', version),
    ),
    due: statement({ now: 'integer', limit: 'integer' }, ({ now, limit }) =>
      skipLocked(builder, runs.where('due_at', '<=', now).orderBy('due_at').orderBy('id').limit(limit)),
    ),
    lease: statement({ id: 'text', due_at: 'integer?', until: 'integer' }, ({ id, due_at, until }) =>
      builder
        .updateTable('reconciliations')
        .set((eb) => ({ due_at: until, attempts: eb('attempts', '+', 1) }))
        .where('id', '=', id)
        .where('due_at', '=', due_at),
    ),
    postpone: statement({ id: 'text', due_at: 'integer' }, ({ id, due_at }) =>
      builder.updateTable('reconciliations').set({ due_at }).where('id', '=', id).where('open_key', 'is not', null),
    ),
  }
}

export class KyselyReconciliationRepository implements ReconciliationRepository {
  readonly #sql: ReturnType<typeof reconciliationStatements>
  readonly #on: Executor

  constructor(sql: ReturnType<typeof reconciliationStatements>, on: Executor) {
    this.#sql = sql
    this.#on = on
  }

  async find(id: string): Promise<Versioned<ReconciliationRun> | undefined> {
    const row = await this.#sql.find.first(this.#on, { id })
    return row && toRun(row)
  }

  async findOpen(provider: Provider, day: ShanghaiDay): Promise<Versioned<ReconciliationRun> | undefined> {
    const row = await this.#sql.findOpen.first(this.#on, { open_key: `${provider}:${day}` })
    return row && toRun(row)
  }

  async findLatest(provider: Provider, day: ShanghaiDay): Promise<Versioned<ReconciliationRun> | undefined> {
    const row = await this.#sql.findLatest.first(this.#on, { provider, bill_day: day })
    return row && toRun(row)
  }

  async wasCompleted(provider: Provider, day: ShanghaiDay): Promise<boolean> {
    return (await this.#sql.findCompleted.first(this.#on, { provider, bill_day: day })) !== undefined
  }

  async list(filter: RunFilter, page: PageRequest): Promise<Page<ReconciliationRun>> {
    const rows = await query(this.#on, this.#sql.list(filter, page))
    const runs = rows.map((row) => toRun(row).value)
    return pageOf(runs, page, ({ startedAt: createdAt, id }) => ({ createdAt, id }))
  }

  insert(run: ReconciliationRun, dueAt: Date): Promise<boolean> {
    return insertOnce(
      () => this.#sql.insert(this.#on, [toRunRow(run, dueAt)]),
      async () => (await this.findOpen(run.provider, run.day)) !== undefined,
    )
  }

  async replace(before: Versioned<ReconciliationRun>, after: ReconciliationRun, at: Date): Promise<boolean> {
    const state = toRunState(after)
    const { replace, end } = this.#sql
    const parameters = { id: after.id, version: before.version, ...state, updated_at: at.getTime() }
    return (await (state.open_key === null ? end : replace).change(this.#on, parameters)) === 1
  }

  async claimDue(now: Date, leaseUntil: Date, limit: number): Promise<readonly DueRun[]> {
    const claimed: DueRun[] = []
    for (const row of await this.#sql.due.rows(this.#on, { now: now.getTime(), limit })) {
      const due = await this.#lease(row, leaseUntil)
      if (due !== undefined) claimed.push(due)
    }
    return claimed
  }

  async claim(id: string, leaseUntil: Date): Promise<DueRun | undefined> {
    const row = await this.#sql.find.first(this.#on, { id })
    return row && this.#lease(row, leaseUntil)
  }

  async postpone(id: string, until: Date): Promise<void> {
    await this.#sql.postpone.change(this.#on, { id, due_at: until.getTime() })
  }

  async #lease(row: Row<'reconciliations'>, leaseUntil: Date): Promise<DueRun | undefined> {
    const { id, due_at, attempts } = row
    if (due_at === null) return undefined
    const isMine = (await this.#sql.lease.change(this.#on, { id, due_at, until: leaseUntil.getTime() })) === 1
    return isMine ? { run: toRun(row), attempts: attempts + 1 } : undefined
  }
}
