import type { Row, TestDatabase } from '../support/database.ts'

/** Somebody and something in the middle of all, to be asked for. */
export type Known = {
  readonly user: string
  readonly orderId: string
  readonly outTradeNo: string
  readonly transactionId: string
  readonly batchId: string
  readonly productId: string
  readonly endpointId: string
  readonly subject: string
}

/** The one who buys most often, a payment of theirs that was refunded of late, since decisions about risk are forgotten, and a batch and a product of codes. */
export const knownOf = async (database: TestDatabase): Promise<Known> => {
  const user = 'u1'
  const one = async (sql: string): Promise<Row> => {
    const [row] = await database.rows(`${sql} limit 1`)
    if (row === undefined) throw new Error(`nothing is found by ${sql}`)
    return row
  }
  const paid = await one(
    `select * from payments where user_id = '${user}' and status = 'refunded' order by created_at desc`,
  )
  const code = await one(`select * from access_codes where batch_id is not null and status = 'revoked'`)
  const bought = await one(`select product_id from access_codes where origin = 'order'`)
  const endpoint = await one('select id from webhook_endpoints')
  return {
    user,
    orderId: String(paid['order_id']),
    outTradeNo: String(paid['out_trade_no']),
    transactionId: String(paid['transaction_id']),
    batchId: String(code['batch_id']),
    productId: String(bought['product_id']),
    endpointId: String(endpoint['id']),
    subject: String(code['id']),
  }
}
