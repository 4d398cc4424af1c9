import Database from 'better-sqlite3'
import { TABLES } from '../../src/adapters/persistence/schema.ts'
import { chainEarlierEntries } from '../../src/application/audit/chain-earlier-entries.ts'
import { openStore } from '../adapters/persistence/support.ts'
import { seed } from '../bench/seed.ts'
import { startReceiver } from '../wire/webhook-receiver.ts'
import { call, codesOf, eventually, GRANT, open, order, sell, stockUp } from '../wire/payer.ts'
import { becomes, paidOrder, refund } from '../wire/refunder.ts'
import { sqliteDatabase } from './database.ts'
import { ENCRYPTION_KEY, type Running, startRunning } from './service.ts'

/**
 * A database as a service leaves it after a little of everything, with so many unpaid orders besides, and texts that
 * databases like to treat differently.
 */
export const fillDatabase = async (path: string, orders: number): Promise<void> => {
  const receiver = await startReceiver()
  const database = sqliteDatabase()
  const running = await startRunning({ database, settings: { WEBHOOK_ALLOW_PRIVATE: 'true' } })
  try {
    await useEverything(running, receiver.url)
    await eventually(
      async () => receiver.received.length,
      (count) => count > 5,
    )
    await new Database(database.path, { readonly: true }).backup(path)
  } finally {
    await running.stop()
    await receiver.stop()
  }
  const identity = { merchantId: 'm', appId: 'a' }
  const given = { encryptionKey: ENCRYPTION_KEY, provider: 'wechat', method: 'WECHAT_NATIVE', identity } as const
  await seed({ ...given, path, count: orders })
  addStrangeRows(path)
  const store = await openStore({ path, migrate: false })
  await chainEarlierEntries(store)()
  await store.close()
}

const useEverything = async (running: Running, receiverUrl: string): Promise<void> => {
  const admin = await running.token('admin', true)
  await call(running, '/admin/webhook-endpoints', { token: admin, body: { url: receiverUrl } })
  await stockUp(running, 'MUG', 3)
  await paidOrder(running, 'alipay', await sell(running, { type: 'goods', sku: 'MUG' }))
  await paidOrder(running, 'wechat', await sell(running, { type: 'points', points: 5000, bonusPoints: 500 }))
  const [code] = await codesOf(running, await sell(running, { type: 'access', delivery: 'code', validityDays: 30 }), 20)
  await call(running, '/access-codes/activate', { token: await running.token('u3'), body: { code } })
  const paid = await paidOrder(running, 'wechat', await sell(running, GRANT))
  const { json } = await refund(running, 'wechat', paid, '10.00')
  await becomes(running, json.data.refundNo, paid.token, 'succeeded')
  await open(running, await order(running, await sell(running, GRANT)), 'alipay')
  await call(running, '/orders', {
    token: await running.token('u9'),
    body: { items: [{ productId: await sell(running, GRANT), quantity: 1 }] },
    headers: { 'idempotency-key': 'once' },
  })
}

/** Case, accents, trailing blanks, and characters whose order is another one in UTF-16 than in UTF-8. */
const STRANGE = ['a', 'A', 'á', 'a ', '用户', '\uFFFD', '\u{1F4B0}', '\'\\"`?', '']

const addStrangeRows = (path: string): void => {
  const database = new Database(path)
  const key = database.prepare(`insert into idempotency_keys values (?, ?, ?, 'h', ?, 200, ?, 5, 1700000000000)`)
  const entry = database.prepare(`insert into audit values (?, 'timer', 'x', 's', ?, null, ?, 'q', null, ?)`)
  database.transaction(() => {
    let used = 0
    for (const caller of STRANGE)
      for (const route of STRANGE)
        for (const name of STRANGE) key.run(caller, route, name, `strange-${(used += 1)}`, '\u0000\r\n\t\u001A%_')
    for (let n = 0; n < 1200; n += 1)
      entry.run(`strange-${n}`, '退'.repeat(n % 50), 'x'.repeat(n * 10), 2 ** 53 - 1 - n)
  })()
  database.close()
}

/** Every row of every table, read without any of the code that copies: the same text only where all of it is the same. */
export const contentOf = (path: string): Readonly<Record<string, readonly string[]>> => {
  const database = new Database(path, { readonly: true })
  const rowsOf = (table: string) =>
    database
      .prepare(`select * from "${table}"`)
      .all()
      .map((row) => JSON.stringify(row))
  const content = Object.fromEntries(Object.keys(TABLES).map((table) => [table, rowsOf(table).toSorted()]))
  database.close()
  return content
}
