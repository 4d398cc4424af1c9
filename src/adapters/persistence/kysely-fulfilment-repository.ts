import type { Kysely } from 'kysely'
import type { FulfilmentRepository } from '../../application/fulfilment/fulfilment-repository.ts'
import type { FulfilmentRecord } from '../../domain/fulfilment.ts'
import { insertOnce } from './duplicates.ts'
import type { Executor } from './executor.ts'
import { toFulfilmentRecord, toFulfilmentRow, toFulfilmentState } from './fulfilment-row.ts'
import { type DB, kindsOf } from './schema.ts'
import { insertion, statement } from './statement.ts'

export const fulfilmentStatements = (builder: Kysely<DB>) => ({
  listByOrder: statement(kindsOf('fulfilments', 'order_id'), (given) =>
    builder.selectFrom('fulfilments').selectAll().where('order_id', '=', given.order_id).orderBy('line'),
  ),
  delivered: statement(kindsOf('fulfilments', 'order_id', 'line'), (given) =>
    builder
      .selectFrom('fulfilments')
      .select('line')
      .where('order_id', '=', given.order_id)
      .where('line', '=', given.line),
  ),
  insert: insertion(builder, 'fulfilments'),
  replace: statement(
    {
      ...kindsOf('fulfilments', 'order_id', 'line', 'status', 'held', 'taken_back_at', 'round', 'withheld'),
      before: 'integer',
    },
    ({ order_id, line, before, ...changes }) =>
      builder
        .updateTable('fulfilments')
        .set(changes)
        .where('order_id', '=', order_id)
        .where('line', '=', line)
        .where('round', '=', before),
  ),
})

export class KyselyFulfilmentRepository implements FulfilmentRepository {
  readonly #sql: ReturnType<typeof fulfilmentStatements>
  readonly #on: Executor

  constructor(sql: ReturnType<typeof fulfilmentStatements>, on: Executor) {
    this.#sql = sql
    this.#on = on
  }

  async listByOrder(orderId: string): Promise<readonly FulfilmentRecord[]> {
    return (await this.#sql.listByOrder.rows(this.#on, { order_id: orderId })).map(toFulfilmentRecord)
  }

  insert(records: readonly FulfilmentRecord[]): Promise<boolean> {
    const rows = records.map(toFulfilmentRow)
    return insertOnce(
      () => this.#sql.insert(this.#on, rows),
      async () => {
        for (const row of rows) if ((await this.#sql.delivered.first(this.#on, row)) !== undefined) return true
        return false
      },
    )
  }

  async replace(before: FulfilmentRecord, after: FulfilmentRecord): Promise<boolean> {
    const { orderId: order_id, line } = after
    const parameters = { order_id, line, before: before.round, ...toFulfilmentState(after) }
    return (await this.#sql.replace.change(this.#on, parameters)) === 1
  }
}
