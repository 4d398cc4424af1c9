import { setTimeout as delay } from 'node:timers/promises'
import { createEncryption } from '../../src/adapters/crypto/aes-encryption.ts'
import { openMysqlStore } from '../../src/adapters/persistence/mysql-store.ts'
import { randomIds } from '../../src/adapters/system/random-ids.ts'
import { systemClock } from '../../src/adapters/system/system-clock.ts'
import { countDaysAnew } from '../../src/application/statistics/count-days.ts'
import { liveThrough } from '../adapters/persistence/invariants/lived-in-store.ts'
import { type PrivateMariadb, privateMariadb } from '../faults/private-mariadb.ts'
import type { TestDatabase } from '../support/database.ts'
import { mariadbTestDatabase } from '../support/mariadb-test-database.ts'
import { ENCRYPTION_KEY, type RunningHere, startRunning } from '../support/service.ts'
import { call } from '../wire/payer.ts'
import { startReceiver } from '../wire/webhook-receiver.ts'
import { multiply } from './multiply.ts'

const SETTINGS = [
  '--innodb-buffer-pool-size=1G',
  '--innodb-log-file-size=512M',
  '--innodb-sort-buffer-size=64M',
  '--innodb-flush-log-at-trx-commit=2',
]

const HALF_A_DAY_MS = 43_200_000

/** A service on a database that has seen a day of every kind over and over, for months. */
export type GrownService = {
  readonly running: RunningHere
  readonly seconds: number
  stop(): Promise<void>
}

export const startGrown = async (orders: number): Promise<GrownService> => {
  const begun = performance.now()
  const server = await privateMariadb(SETTINGS)
  const receiver = await startReceiver()
  try {
    const database = await mariadbTestDatabase({}, server.port)
    await liveOneDay(database, receiver.url)
    const [day] = await database.rows('select count(*) as orders from orders')
    await multiply(database, Math.ceil(orders / Number(day?.['orders'])))
    await sealCodes(database)
    await sealFailed(database)
    await countAllDays(database)
    await database.execute(`insert into stock select concat('SKU', lpad(seq, 6, '0')), 5, 0, 0, 1 from seq_1_to_20000`)
    await compareManyDays(database)
    const seconds = Math.round((performance.now() - begun) / 1000)
    const running = await start(database, 'manual')
    running.clock.advance(HALF_A_DAY_MS) // What is new is newest.
    return { running, seconds, stop: () => stopAll(running, server, receiver) }
  } catch (error) {
    await server.remove()
    throw error
  }
}

/** A run whose day has a difference in every tenth of its payments. */
export const RUN_ID = '1'.padStart(32, '0')

const SUMMARY = JSON.stringify({
  remoteCount: 1,
  localCount: 1,
  matched: 1,
  amountDiffers: 0,
  statusDiffers: 0,
  missingLocal: 0,
  missingRemote: 0,
  unreadable: 0,
  remoteAmount: 1,
  localAmount: 1,
  remoteRefunds: 0,
  localRefunds: 0,
  feesFen: 0,
  netFen: 1,
})

/** What years of comparing leave, and one very bad day. */
const compareManyDays = async (database: TestDatabase): Promise<void> => {
  const at = Date.parse('2025-06-10T04:00:00Z')
  await database.execute(`insert into reconciliations
    (id, provider, bill_day, status, requested_by, reason, summary, attempts, created_at, finished_at, updated_at, version)
    select lpad(seq, 32, '0'), if(seq % 2 = 1, 'wechat', 'alipay'), '2025-06-09', if(seq % 3 = 0, 'failed', 'completed'),
      'schedule', if(seq % 3 = 0, 'x', null), if(seq % 3 = 0, null, '${SUMMARY}'), 1, ${at} + seq, ${at} + seq, ${at} + seq, 2
    from seq_1_to_20000`)
  await database.execute(`insert into discrepancies
    (id, provider, bill_day, subject, class, about, local_fen, remote_fen, within_drift, status, resolution, note,
      resolved_by, resolved_at, run_id, attempts, created_at, updated_at, version)
    select lpad(seq, 32, '0'), 'wechat', '2025-06-09', concat('payment:', seq), if(seq % 10 = 0, 'missing_local', 'amount_differs'),
      'payment', 1, 2, 0, if(seq % 4 = 0, 'open', 'resolved'), if(seq % 4 = 0, null, 'gone'), if(seq % 4 = 0, null, 'n'),
      if(seq % 4 = 0, null, 'system'), if(seq % 4 = 0, null, 1), '${RUN_ID}', 1, ${at} + seq, ${at} + seq, 2
    from seq_1_to_100000`)
}

const stopAll = async (
  running: RunningHere,
  server: PrivateMariadb,
  receiver: Awaited<ReturnType<typeof startReceiver>>,
): Promise<void> => {
  await running.stop()
  await receiver.stop()
  await server.remove()
}

const start = (database: TestDatabase, approval: 'auto' | 'manual'): Promise<RunningHere> =>
  startRunning({
    database: { ...database, remove: async () => {} }, // It outlives the day, and goes with its server.
    settings: { WEBHOOK_ALLOW_PRIVATE: 'true', REFUND_APPROVAL: approval },
  })

const EVENTS = ['order.paid', 'order.refunded']

const liveOneDay = async (database: TestDatabase, url: string): Promise<void> => {
  const running = await start(database, 'auto')
  const token = await running.token('admin', true)
  const body = { url, description: 'the shop', eventTypes: EVENTS }
  await call(running, '/admin/webhook-endpoints', { token, body })
  const quick = { parameters: { times: 1, seconds: 86_400 } } // So that it matches now and then.
  await call(running, '/admin/risk/rules/velocity', { token, method: 'PATCH', body: quick })
  const headers = { 'idempotency-key': 'the-only-one-of-the-day' }
  await call(running, '/admin/inventory/MUG/adjust', { token, headers, body: { delta: 1, reason: '进货' } })
  await liveThrough(running)
  await allSettled(running)
  await running.stop()
}

const WAITING = ['orders', 'payments', 'refunds', 'refund_clues', 'webhook_deliveries']
  .map((table) => `select due_at from ${table} where due_at is not null`)
  .concat('select position from events where published_at is null')

/** Lets time pass until nothing is left that is ever due. */
const allSettled = async ({ clock, database }: RunningHere): Promise<void> => {
  for (let turn = 0; turn < 1000; turn += 1) {
    const found = await database.rows(WAITING.map((sql) => `(${sql} limit 1)`).join(' union all '))
    if (found.length === 0) return
    clock.advance(60_000)
    await delay(30)
  }
  throw new Error('the day does not end')
}

/** The figures are those of the one day that was multiplied. */
const countAllDays = async (database: TestDatabase): Promise<void> => {
  await database.execute('truncate daily_stats; truncate daily_stats_first_count')
  const store = await openMysqlStore({ url: database.url, encryption, ids: randomIds, mustBeDurable: false })
  await countDaysAnew({ ...store, clock: systemClock })({ first: undefined, last: undefined }, () => {})
  await store.close()
}

const ROWS_AT_ONCE = 5000
const encryption = createEncryption([ENCRYPTION_KEY])

/** The text of a code opens in its own row only. */
const sealCodes = async (database: TestDatabase): Promise<void> => {
  await database.execute('create table sealed (id varchar(64) primary key, text varchar(255)) character set utf8mb4')
  for (let last = ''; ; ) {
    const rows = await database.rows(`select id from access_codes where id > ? order by id limit ${ROWS_AT_ONCE}`, last)
    if (rows.length === 0) break
    const sealed = rows.map(({ id }) => {
      const context = { table: 'access_codes', column: 'text', row: String(id) }
      return `('${String(id)}', '${encryption.seal('0000-0000-0000-0000', context)}')`
    })
    await database.execute(`insert into sealed values ${sealed.join(', ')}`)
    last = String(rows.at(-1)?.['id'])
  }
  await database.execute(`update access_codes, sealed set access_codes.text = sealed.text
    where sealed.id = convert(access_codes.id using utf8mb4); drop table sealed`)
}

/** What one call tries again of what failed. */
const TRIED_AGAIN = 500

/** The messages that are tried again first have to open as well. */
const sealFailed = async (database: TestDatabase): Promise<void> => {
  const rows = await database.rows(`select id from notifications
    where verdict in ('unreadable', 'foreign_identity', 'unknown_order', 'amount_mismatch')
    order by retries, received_at, id limit ${TRIED_AGAIN}`)
  const changes = rows.map(({ id }) => {
    const [headers, body] = ['headers', 'body'].map((column) =>
      encryption.seal('{}', { table: 'notifications', column, row: String(id) }),
    )
    return `update notifications set headers = '${headers}', body = '${body}' where id = '${String(id)}'`
  })
  await database.execute(changes.join('; '))
}
