import type { Kysely } from 'kysely'
import type { AlertFilter, AlertRows } from '../../application/alerts/alert-repository.ts'
import type { Page, PageRequest } from '../../application/page.ts'
import type { Alert } from '../../domain/alert.ts'
import type { AlertRule } from '../../domain/alert-rules.ts'
import { toAlert, toAlertRow, toAlertState } from './alert-row.ts'
import type { Executor } from './executor.ts'
import { equalities, pageConditions, pageOf, type Place, type Slice } from './paging.ts'
import { indexFor, readBy } from './read-by.ts'
import { type DB, kindsOf } from './schema.ts'
import { pageInSlices, sliceEnd } from './slices.ts'
import { insertion, query, statement } from './statement.ts'

const OPENING: Place = { at: 'first_at', id: 'id' }
const STATE = [
  'severity',
  'facts',
  'occurrences',
  'status',
  'first_at',
  'last_at',
  'told_at',
  'told_severity',
  'acknowledgement',
  'resolved_at',
] as const

export const alertStatements = (builder: Kysely<DB>) => {
  const alerts = builder.selectFrom('alerts').selectAll()
  return {
    find: statement(kindsOf('alerts', 'id'), ({ id }) => alerts.where('id', '=', id)),
    /** A write, so that the row is this unit's and what is read after it is the newest there is. */
    hold: statement(kindsOf('alerts', 'rule', 'subject'), ({ rule, subject }) =>
      builder
        .updateTable('alerts')
        .set((eb) => ({ version: eb('version', '+', 1) }))
        .where('rule', '=', rule)
        .where('subject', '=', subject),
    ),
    same: statement(kindsOf('alerts', 'rule', 'subject'), ({ rule, subject }) =>
      alerts.where('rule', '=', rule).where('subject', '=', subject),
    ),
    /** A rule's alerts lie together in the index of what is the same. */
    firing: statement({ ...kindsOf('alerts', 'rule'), limit: 'integer' }, ({ rule, limit }) =>
      builder
        .selectFrom('alerts')
        .select('subject')
        .where('rule', '=', rule)
        .where('status', '=', 'firing')
        .orderBy('subject')
        .limit(limit),
    ),
    insert: insertion(builder, 'alerts'),
    put: statement(kindsOf('alerts', 'id', ...STATE), ({ id, ...state }) =>
      builder.updateTable('alerts').set(state).where('id', '=', id),
    ),
    list: ({ status, rule, severity }: AlertFilter, page: Slice) =>
      readBy(builder, 'alerts', indexFor('alerts', { status }))
        .selectAll()
        .where((eb) =>
          eb.and([
            ...equalities({ status, rule, severity }, status === undefined),
            ...pageConditions(page, undefined, OPENING),
          ]),
        )
        .orderBy('first_at', 'desc')
        .orderBy('id', 'desc')
        .limit(page.limit + 1),
    listEnd: ({ status }: AlertFilter, page: Slice) => {
      const conditions = [...equalities({ status }), ...pageConditions(page, undefined, OPENING)]
      return sliceEnd(builder, { table: 'alerts', index: indexFor('alerts', { status }) }, conditions, OPENING)
    },
  }
}

/** More of one rule are resolved in further turns. */
const MOST_FIRING = 1000

export class KyselyAlertRows implements AlertRows {
  readonly #sql: ReturnType<typeof alertStatements>
  readonly #on: Executor

  constructor(sql: ReturnType<typeof alertStatements>, on: Executor) {
    this.#sql = sql
    this.#on = on
  }

  async find(id: string): Promise<Alert | undefined> {
    const row = await this.#sql.find.first(this.#on, { id })
    return row && toAlert(row)
  }

  async list(filter: AlertFilter, page: PageRequest): Promise<Page<Alert>> {
    const list = async (slice: Slice) => (await query(this.#on, this.#sql.list(filter, slice))).map(toAlert)
    const end = (slice: Slice) => this.#sql.listEnd(filter, slice)
    const place = ({ firstAt: createdAt, id }: Alert) => ({ createdAt, id })
    // Neither a rule nor a severity has an index.
    return filter.rule === undefined && filter.severity === undefined
      ? pageOf(await list(page), page, place)
      : pageInSlices({ on: this.#on, end, list }, page, place)
  }

  async firing(rule: AlertRule): Promise<readonly string[]> {
    return (await this.#sql.firing.rows(this.#on, { rule, limit: MOST_FIRING })).map(({ subject }) => subject)
  }

  async hold(rule: AlertRule, subject: string): Promise<Alert | undefined> {
    if ((await this.#sql.hold.change(this.#on, { rule, subject })) === 0) return undefined
    const row = await this.#sql.same.first(this.#on, { rule, subject })
    return row && toAlert(row)
  }

  insert(alert: Alert): Promise<void> {
    return this.#sql.insert(this.#on, [toAlertRow(alert)])
  }

  async put(alert: Alert): Promise<void> {
    await this.#sql.put.change(this.#on, { id: alert.id, ...toAlertState(alert) })
  }
}
