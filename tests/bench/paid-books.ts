import { randomBytes } from 'node:crypto'
import type { Executor } from '../../src/adapters/persistence/executor.ts'
import type { Value } from '../../src/adapters/persistence/schema.ts'
import type { BenchRow } from './bill-files.ts'

/** A payment as the books have it. */
export type PaidRow = BenchRow & { readonly id: string }

const BATCH = 200

/** Fills a database with orders that were paid, a row in each table that counts. Order by order, as the numbers come. */
export const writePaidBooks = async (
  on: Executor,
  rows: Iterable<PaidRow>,
  identity: { readonly provider: string; readonly merchantId: string; readonly appId: string },
  onRows: (count: number) => void,
): Promise<void> => {
  let batch: PaidRow[] = []
  let count = 0
  for (const row of rows) {
    batch.push(row)
    count += 1
    if (batch.length < BATCH) continue
    await writeBatch(on, batch, identity)
    batch = []
    if (count % 10_000 === 0) onRows(count)
  }
  if (batch.length > 0) await writeBatch(on, batch, identity)
  onRows(count)
}

const writeBatch = async (
  on: Executor,
  rows: readonly PaidRow[],
  { provider, merchantId, appId }: Parameters<typeof writePaidBooks>[2],
): Promise<void> => {
  await insert(
    on,
    'orders',
    rows.map(({ id, amount, at }) => ({
      id: `o${id}`,
      user_id: `u${id.slice(0, 4)}`,
      status: 'paid',
      amount_fen: amount,
      refunded_fen: 0,
      currency: 'CNY',
      payment_id: id,
      paid_at: at,
      expires_at: at + 1_800_000,
      created_at: at - 20_000,
      updated_at: at,
      version: 2,
      attempts: 0,
    })),
  )
  await insert(
    on,
    'payments',
    rows.map(({ id, amount, at, outTradeNo, transactionId }) => ({
      id,
      order_id: `o${id}`,
      user_id: `u${id.slice(0, 4)}`,
      provider,
      method: provider === 'wechat' ? 'WECHAT_NATIVE' : 'ALIPAY_QR',
      out_trade_no: outTradeNo,
      status: 'paid',
      amount_fen: amount,
      refunded_fen: 0,
      currency: 'CNY',
      merchant_id: merchantId,
      app_id: appId,
      credentials_version: 'v1',
      subject: '测试商品',
      notify_url: 'https://pay.example.cn/notify',
      transaction_id: transactionId,
      paid_at: at,
      expires_at: at + 1_800_000,
      created_at: at - 20_000,
      updated_at: at,
      version: 2,
      attempts: 0,
    })),
  )
  await insert(
    on,
    'payment_transactions',
    rows.map(({ id, amount, at, outTradeNo, transactionId }) => ({
      id: `t${id}`,
      provider,
      transaction_id: transactionId,
      out_trade_no: outTradeNo,
      payment_id: id,
      order_id: `o${id}`,
      merchant_id: merchantId,
      app_id: appId,
      amount_fen: amount,
      currency: 'CNY',
      disposition: 'settled',
      source: 'notification',
      paid_at: at,
      created_at: at,
    })),
  )
}

const insert = (on: Executor, table: string, rows: readonly Readonly<Record<string, Value>>[]): Promise<number> => {
  const columns = Object.keys(rows[0] ?? {})
  const places = `(${columns.map(() => '?').join(', ')})`
  const sql = `insert into ${table} (${columns.join(', ')}) values ${rows.map(() => places).join(', ')}`
  return on.change(
    sql,
    rows.flatMap((row) => columns.map((column) => row[column] ?? null)),
  )
}

/** So many payments of one day, in the order in which they were paid, with numbers of the usual form. */
export const paidRows = function* (count: number, startMs: number): Iterable<PaidRow> {
  const spacing = Math.floor(86_000_000 / count)
  for (let n = 0; n < count; n += 1) {
    const random = randomBytes(24).toString('hex').toUpperCase()
    yield {
      kind: 'payment',
      id: `${n.toString(16).padStart(12, '0')}${random.slice(0, 20).toLowerCase()}`,
      outTradeNo: `P20261120${random.slice(0, 22)}`,
      transactionId: `4200002264${String(n).padStart(18, '0')}`,
      at: startMs + n * spacing + 1000,
      amount: (1 + (n % 99_999)) as BenchRow['amount'], // Whole and positive.
    }
  }
}
