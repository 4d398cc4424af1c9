import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { Pool, RowDataPacket } from 'mysql2'
import type { Executor } from '../../../../src/adapters/persistence/executor.ts'
import { sqliteDatabase } from '../../../support/database.ts'
import { type Running, startRunning } from '../../../support/service.ts'
import { temporaryDirectory } from '../../../support/temporary-directory.ts'
import {
  call,
  deliver,
  eventually,
  type Gateway,
  genuine,
  goneBack,
  GRANT,
  type Opened,
  open,
  order,
  orderState,
  sell,
  stockUp,
} from '../../../wire/payer.ts'

/** A database after a day of a running service: every kind of product, end and incident, at both gateways and with points. */
export const livedInDatabase = async (): Promise<{ readonly image: Buffer; readonly now: Date }> => {
  const database = sqliteDatabase()
  const running = await startRunning({ database })
  const directory = temporaryDirectory()
  try {
    await liveThrough(running)
    const path = join(directory.path, 'copy.db')
    const source = new Database(database.path)
    source.exec(`vacuum into '${path}'`)
    source.close()
    const copy = new Database(path)
    const image = copy.serialize()
    copy.close()
    return { image, now: running.clock.now() }
  } finally {
    await running.stop()
    directory.remove()
  }
}

/** All that happens on such a day; something is still open when it ends. */
export const liveThrough = async (running: Running): Promise<void> => {
  await stockUp(running, 'MUG', 100)
  await stockUp(running, 'MUG', -3)
  for (const gateway of ['wechat', 'alipay'] as const) await liveADay(running, gateway)
  await spendPoints(running)
  await useCodes(running)
}

/** A copy of it that a test may spoil, and an executor that reads it. */
export const openCopy = (image: Buffer): { readonly database: Database.Database; readonly on: Executor } => {
  const database = new Database(image)
  database.pragma('foreign_keys = OFF') // Spoiling is done by a hand that respects nothing.
  database.pragma('ignore_check_constraints = ON')
  const on: Executor = {
    rows: async (sql, values) => database.prepare(sql).all(...values),
    change: () => Promise.reject(new Error('a check writes nothing')),
  }
  return { database, on }
}

/** The same rows in another database. */
export const copyTable = async (from: Database.Database, to: Pool, table: string): Promise<void> => {
  const rows = from.prepare(`select * from ${table}`).all()
  if (rows.length > 0)
    await to.promise().query(`insert into ${table} (??) values ?`, [columnsOf(rows), rows.map(valuesOf)])
}

const columnsOf = ([first]: readonly unknown[]): readonly string[] => Object.keys(Object(first))
const valuesOf = (row: unknown): readonly unknown[] => Object.values(Object(row))

/** As the statements of a check see it: numbers are numbers, whatever their size. */
export const mariadbExecutor = (pool: Pool): Executor => ({
  async rows(sql, values) {
    const [rows] = await pool.promise().execute<RowDataPacket[]>(sql, [...values])
    return rows
  },
  change: () => Promise.reject(new Error('a check writes nothing')),
})

const PRODUCTS = {
  grant: GRANT,
  codes: { type: 'access', delivery: 'code', validityDays: 30 },
  points: { type: 'points', points: 10_000, bonusPoints: 1000 },
  goods: { type: 'goods', sku: 'MUG' },
} as const

const liveADay = async (running: Running, gateway: Gateway): Promise<void> => {
  for (const fulfilment of Object.values(PRODUCTS)) await settled(running, await opened(running, fulfilment, gateway))
  for (const fulfilment of [PRODUCTS.grant, PRODUCTS.codes, PRODUCTS.goods])
    await refunded(running, await opened(running, fulfilment, gateway), gateway)
  await cancelled(running, await opened(running, PRODUCTS.goods, gateway))
  await paidTwice(running, gateway)
  await paidLate(running, gateway)
  await held(running, gateway)
  await expired(running, await opened(running, PRODUCTS.goods, gateway))
  await opened(running, PRODUCTS.goods, gateway) // Still open when the day ends.
}

const opened = async (running: Running, fulfilment: unknown, gateway: Gateway): Promise<Opened> =>
  open(running, await order(running, await sell(running, fulfilment)), gateway)

const pay = async (
  running: Running,
  gateway: Gateway,
  { outTradeNo }: Opened,
  transactionId?: string,
): Promise<void> => {
  const fields = transactionId === undefined ? {} : { transactionId }
  await deliver(running, gateway, genuine(running, gateway, outTradeNo, 9900, fields))
}

const settled = async (running: Running, one: Opened): Promise<void> => {
  const gateway = one.codeUrl.startsWith('weixin') ? 'wechat' : 'alipay'
  await running.sandbox[gateway].pay(one.codeUrl)
  await becomes(running, one.orderId, 'paid')
}

const becomes = (running: Running, orderId: string, status: string) =>
  eventually(
    async () => {
      running.clock.advance(20)
      return orderState(running, orderId)
    },
    (seen) => seen?.status === status,
  )

/** Bought, delivered and given back in the gateway's own console. */
const refunded = async (running: Running, one: Opened, gateway: Gateway): Promise<void> => {
  await settled(running, one)
  running.sandbox.wechat.configure({ refundDelayMs: 0 })
  running.sandbox[gateway].refundInConsole(one.outTradeNo)
  await becomes(running, one.orderId, 'refunded')
}

const cancelled = async (running: Running, { orderId, token }: Opened): Promise<void> => {
  await call(running, `/orders/${orderId}/cancel`, { token, body: {} })
  await becomes(running, orderId, 'cancelled')
}

/** By both gateways: one payment funds the order, the other goes back. */
const paidTwice = async (running: Running, gateway: Gateway): Promise<void> => {
  const first = await opened(running, PRODUCTS.codes, gateway)
  const other = gateway === 'wechat' ? 'alipay' : 'wechat'
  const second = await open(running, first.orderId, other)
  // Else it might be closed before the payer comes to it.
  running.sandbox[other].faults.add({ operation: 'close', kind: 'cut_before', outTradeNo: second.outTradeNo, times: 3 })
  await settled(running, first)
  await running.sandbox[other].pay(second.codeUrl)
  await goneBack(running, second.outTradeNo)
}

/** After the order was ended by a hand that did not close the payment. */
const paidLate = async (running: Running, gateway: Gateway): Promise<void> => {
  const one = await opened(running, GRANT, gateway)
  running.sandbox[gateway].faults.add({ operation: 'callback', kind: 'never', outTradeNo: one.outTradeNo })
  await cancelled(running, one)
  await pay(
    running,
    gateway,
    one,
    gateway === 'wechat' ? '4200001234202611201234567890' : '2026112022001400000000009999',
  )
}

/** Money that only a person can assign: a wrong amount, and a number nobody knows. */
const held = async (running: Running, gateway: Gateway): Promise<void> => {
  const { outTradeNo } = await opened(running, GRANT, gateway)
  await deliver(running, gateway, genuine(running, gateway, outTradeNo, 1))
  await deliver(running, gateway, genuine(running, gateway, `P20200101NOBODY${gateway}`, 9900))
}

const expired = async (running: Running, { orderId }: Opened): Promise<void> => {
  running.clock.advance(1_800_000)
  await becomes(running, orderId, 'expired')
}

const spendPoints = async (running: Running): Promise<void> => {
  const token = await running.token('u1')
  const orderId = await order(running, await sell(running, GRANT))
  await call(running, '/payments/points/create', { token, body: { orderId, method: 'POINTS' } })
}

/** One bought code is activated, and of a batch one is activated and one revoked. */
const useCodes = async (running: Running): Promise<void> => {
  const admin = await running.token('admin', true)
  const productId = await sell(running, PRODUCTS.codes)
  const expiresAt = '2027-01-01T00:00:00.000Z'
  const made = await call(running, '/admin/access-codes', { token: admin, body: { productId, count: 5, expiresAt } })
  const csv = await fetch(`${running.origin}/api/v1/admin/access-codes.csv?batchId=${made.json.data.batchId}`, {
    headers: { authorization: `Bearer ${admin}` },
  })
  const [first = ''] = (await csv.text()).match(/[0-9A-Z]{4}(-[0-9A-Z]{4}){3}/g) ?? []
  const token = await running.token('u2')
  await call(running, '/access-codes/activate', { token, body: { code: first } })
  const bought = await call(running, '/access-codes', { token: await running.token('u1') })
  await call(running, '/access-codes/activate', { token, body: { code: bought.json.data[0].code } })
  const listed = await call(running, `/admin/access-codes?status=available&batchId=${made.json.data.batchId}`, {
    token: admin,
  })
  await call(running, `/admin/access-codes/${listed.json.data[0].id}/revoke`, { token: admin, body: {} })
}
