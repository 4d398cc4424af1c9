import type { Kysely } from 'kysely'
import type { RiskHistory } from '../../application/risk/risk-history.ts'
import { fen } from '../../domain/money.ts'
import type { PastOrder } from '../../domain/risk.ts'
import type { Executor } from './executor.ts'
import { toOrderStatus } from './order-row.ts'
import { readBy } from './read-by.ts'
import { toDate } from './row-values.ts'
import { type DB, kindsOf } from './schema.ts'
import { statement } from './statement.ts'

export const riskHistoryStatements = (builder: Kysely<DB>) => ({
  orders: statement({ ...kindsOf('orders', 'user_id', 'id'), limit: 'integer' }, ({ user_id, id, limit }) =>
    readBy(builder, 'orders', 'orders_by_user')
      .select(['status', 'amount_fen', 'refunded_fen', 'created_at'])
      .where('user_id', '=', user_id)
      .where('id', '!=', id)
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit),
  ),
  payments: statement({ ...kindsOf('payments', 'user_id'), limit: 'integer' }, ({ user_id, limit }) =>
    readBy(builder, 'payments', 'payments_by_user')
      .select('created_at')
      .where('user_id', '=', user_id)
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit),
  ),
})

export class KyselyRiskHistory implements RiskHistory {
  readonly #sql: ReturnType<typeof riskHistoryStatements>
  readonly #on: Executor

  constructor(sql: ReturnType<typeof riskHistoryStatements>, on: Executor) {
    this.#sql = sql
    this.#on = on
  }

  async orders(userId: string, without: string, limit: number): Promise<readonly PastOrder[]> {
    const rows = await this.#sql.orders.rows(this.#on, { user_id: userId, id: without, limit })
    return rows.map((row) => ({
      status: toOrderStatus(row.status),
      amount: fen(row.amount_fen),
      refunded: fen(row.refunded_fen),
      createdAt: toDate(row.created_at),
    }))
  }

  async payments(userId: string, limit: number): Promise<readonly Date[]> {
    const rows = await this.#sql.payments.rows(this.#on, { user_id: userId, limit })
    return rows.map((row) => toDate(row.created_at))
  }
}
