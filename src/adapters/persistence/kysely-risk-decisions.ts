import { type Expression, type Kysely, type SqlBool, sql } from 'kysely'
import type { Page, PageRequest, Span } from '../../application/page.ts'
import type { RiskDecisionFilter, RiskDecisions, ShadowHit } from '../../application/risk/risk-decisions.ts'
import type { RiskDecision } from '../../domain/risk.ts'
import type { RiskRule } from '../../domain/risk-rules.ts'
import { insertOnce } from './duplicates.ts'
import type { Executor } from './executor.ts'
import { equalities, pageConditions, pageOf, type Place, type Slice } from './paging.ts'
import { hint, indexFor, readBy } from './read-by.ts'
import { toDecision, toDecisionRow, toHitRows, toOutcome } from './risk-row.ts'
import { toOptional } from './row-values.ts'
import { type DB, kindsOf } from './schema.ts'
import { countOf, pageInSlices, sliceEnd } from './slices.ts'
import { insertion, query, statement } from './statement.ts'

/** Where the matches of a rule lie by age. */
const MATCH: Place = { at: 'risk_hits.created_at', id: 'risk_hits.decision_id' }

const columnsOf = ({ orderId, userId, outcome }: RiskDecisionFilter) => ({
  order_id: orderId,
  user_id: userId,
  outcome,
})

const indexOf = ({ orderId, userId, outcome }: RiskDecisionFilter): string =>
  indexFor('risk_decisions', { order: orderId, user: userId, outcome })

const ofRule = (rule: RiskDecisionFilter['rule']): Expression<SqlBool> =>
  sql<SqlBool>`${sql.ref('risk_hits.rule')} = ${rule}`

export const riskDecisionStatements = (builder: Kysely<DB>) => {
  const decisions = builder.selectFrom('risk_decisions')
  return {
    insert: insertion(builder, 'risk_decisions'),
    insertHits: insertion(builder, 'risk_hits'),
    refusal: statement(kindsOf('risk_decisions', 'refusal_key'), ({ refusal_key }) =>
      decisions.select('id').where('refusal_key', '=', refusal_key),
    ),
    ofOrder: statement({ ...kindsOf('risk_decisions', 'order_id'), limit: 'integer' }, ({ order_id, limit }) =>
      decisions.selectAll().where('order_id', '=', order_id).orderBy('created_at').orderBy('id').limit(limit),
    ),
    old: statement({ before: 'integer', limit: 'integer' }, ({ before, limit }) =>
      decisions.select('id').where('created_at', '<', before).orderBy('created_at').orderBy('id').limit(limit),
    ),
    forgetHits: statement(kindsOf('risk_hits', 'decision_id'), ({ decision_id }) =>
      builder.deleteFrom('risk_hits').where('decision_id', '=', decision_id),
    ),
    forget: statement(kindsOf('risk_decisions', 'id'), ({ id }) =>
      builder.deleteFrom('risk_decisions').where('id', '=', id),
    ),
    hits: statement({ rule: 'text', from: 'integer', to: 'integer', limit: 'integer' }, ({ rule, from, to, limit }) =>
      readBy(builder, 'risk_hits', 'risk_hits_by_rule')
        .select(['mode', 'outcome', 'order_id'])
        .select((eb) =>
          eb.selectFrom('orders').select('paid_at').whereRef('orders.id', '=', 'risk_hits.order_id').as('paid_at'),
        )
        .where('rule', '=', rule)
        .where('created_at', '>=', from)
        .where('created_at', '<', to)
        .orderBy('created_at', 'desc')
        .orderBy('decision_id', 'desc')
        .limit(limit),
    ),
    list: (filter: RiskDecisionFilter, page: Slice) =>
      readBy(builder, 'risk_decisions', indexOf(filter))
        .selectAll()
        .where((eb) =>
          eb.and([
            ...equalities(columnsOf(filter), countOf(...Object.values(columnsOf(filter))) === 0),
            ...pageConditions(page, filter),
          ]),
        )
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(page.limit + 1),
    listEnd: (filter: RiskDecisionFilter, page: Slice) => {
      const indexed = equalities(columnsOf(filter)).slice(0, 1)
      const index = indexOf(filter)
      return sliceEnd(builder, { table: 'risk_decisions', index }, [...indexed, ...pageConditions(page, filter)])
    },
    listOfRule: (filter: RiskDecisionFilter, page: Slice) => {
      const hits = sql.table('risk_hits')
      return (
        builder
          .selectFrom(hits.as<'risk_hits'>(sql`${hits} ${hint(builder, 'risk_hits_by_rule')}`))
          // Its order is the one that is wanted, so the decisions must not come first.
          .innerJoin('risk_decisions', (join) => join.on(sql<SqlBool>`risk_decisions.id = risk_hits.decision_id`))
          .selectAll('risk_decisions')
          .where((eb) =>
            eb.and([
              ofRule(filter.rule),
              ...equalities(qualified(columnsOf(filter)), true),
              ...pageConditions(page, filter, MATCH),
            ]),
          )
          .orderBy(sql`risk_hits.created_at`, 'desc')
          .orderBy(sql`risk_hits.decision_id`, 'desc')
          .limit(page.limit + 1)
      )
    },
    listOfRuleEnd: (filter: RiskDecisionFilter, page: Slice) =>
      sliceEnd(
        builder,
        { table: 'risk_hits', index: 'risk_hits_by_rule' },
        [ofRule(filter.rule), ...pageConditions(page, filter, MATCH)],
        MATCH,
      ),
  }
}

const qualified = (columns: Readonly<Record<string, string | undefined>>) =>
  Object.fromEntries(Object.entries(columns).map(([column, value]) => [`risk_decisions.${column}`, value]))

export class KyselyRiskDecisions implements RiskDecisions {
  readonly #sql: ReturnType<typeof riskDecisionStatements>
  readonly #on: Executor

  constructor(sql: ReturnType<typeof riskDecisionStatements>, on: Executor) {
    this.#sql = sql
    this.#on = on
  }

  async list(filter: RiskDecisionFilter, page: PageRequest): Promise<Page<RiskDecision>> {
    const byRule = filter.rule !== undefined
    const [list, end] = byRule ? [this.#sql.listOfRule, this.#sql.listOfRuleEnd] : [this.#sql.list, this.#sql.listEnd]
    const read = async (slice: Slice) => (await query(this.#on, list(filter, slice))).map(toDecision)
    const place = ({ at: createdAt, id }: RiskDecision) => ({ createdAt, id })
    // An index finds the decisions of a rule, an order, a user or an outcome; of more than one it finds too many.
    return countOf(filter.rule, ...Object.values(columnsOf(filter))) > 1
      ? pageInSlices({ on: this.#on, end: (slice) => end(filter, slice), list: read }, page, place)
      : pageOf(await read(page), page, place)
  }

  async listByOrder(orderId: string, limit: number): Promise<readonly RiskDecision[]> {
    return (await this.#sql.ofOrder.rows(this.#on, { order_id: orderId, limit })).map(toDecision)
  }

  async shadowHits(rule: RiskRule, { from, to }: Span, limit: number) {
    const span = { from: from.getTime(), to: to.getTime() }
    const rows = await this.#sql.hits.rows(this.#on, { rule, ...span, limit: limit + 1 })
    const hits = rows
      .slice(0, limit)
      .filter(({ mode }) => mode === 'shadow')
      .map(
        ({ order_id, outcome, paid_at }): ShadowHit => ({
          orderId: toOptional(order_id),
          outcome: toOutcome(outcome),
          isPaid: paid_at !== null,
        }),
      )
    return { hits, isWhole: rows.length <= limit }
  }

  async hasRefusal(key: string): Promise<boolean> {
    return (await this.#sql.refusal.first(this.#on, { refusal_key: key })) !== undefined
  }

  insert(decision: RiskDecision): Promise<void> {
    return this.#write(decision, undefined)
  }

  insertRefusal(decision: RiskDecision, key: string): Promise<boolean> {
    return insertOnce(
      () => this.#write(decision, key),
      () => this.hasRefusal(key),
    )
  }

  async forget(before: Date, limit: number): Promise<number> {
    const old = await this.#sql.old.rows(this.#on, { before: before.getTime(), limit })
    for (const { id } of old) {
      await this.#sql.forgetHits.change(this.#on, { decision_id: id })
      await this.#sql.forget.change(this.#on, { id })
    }
    return old.length
  }

  async #write(decision: RiskDecision, key: string | undefined): Promise<void> {
    await this.#sql.insert(this.#on, [toDecisionRow(decision, key)])
    await this.#sql.insertHits(this.#on, toHitRows(decision))
  }
}
