import type Database from 'better-sqlite3'
import type { Compilable } from 'kysely'
import { beforeAll, describe, expect, it } from 'vitest'
import { sqliteDialect } from '../../../src/adapters/persistence/dialect.ts'
import { migrate } from '../../../src/adapters/persistence/migrate.ts'
import { buildStatements, type Statements } from '../../../src/adapters/persistence/repositories.ts'
import { sqliteBuilder } from '../../../src/adapters/persistence/sqlite-builder.ts'
import { SqliteConnection } from '../../../src/adapters/persistence/sqlite-connection.ts'
import { minute } from '../../support/builders.ts'

let database: Database.Database
let statements: Statements

beforeAll(async () => {
  database = new SqliteConnection(':memory:', 'write').database
  const builder = sqliteBuilder(database)
  await migrate(builder, sqliteDialect)
  statements = buildStatements(builder)
  return () => database.close()
})

const planOf = (sql: string, values: readonly unknown[] = Array(sql.split('?').length - 1).fill(1)): string[] => {
  const steps = database.prepare(`explain query plan ${sql}`).all(...values) as { detail: string }[] // As documented.
  return steps.map(({ detail }) => detail)
}

const planOfQuery = (built: Compilable): string[] => {
  const { sql, parameters } = built.compile()
  return planOf(sql, parameters)
}

const named = (): readonly (readonly [name: string, sql: string])[] =>
  Object.entries(statements).flatMap(([repository, all]) =>
    Object.entries(all).flatMap(([name, each]) =>
      'sql' in each && typeof each.sql === 'string' ? [[`${repository}.${name}`, each.sql] as const] : [],
    ),
  )

/** Each reads a whole small table by its nature, or the beginning of one. */
const WHOLE_TABLES: Readonly<Record<string, string>> = {
  'webhookEndpoints.list': 'SCAN webhook_endpoints USING INDEX webhook_endpoints_by_age',
  'webhookDeliveries.endpoints': 'SCAN webhook_endpoints',
  'brokerQueue.oldest': 'SCAN broker_queue',
}

describe('the plan of each statement', () => {
  it('finds its rows by an index and never walks through a table', () => {
    expect(named().length).toBeGreaterThan(50)
    for (const [name, sql] of named()) {
      const scans = planOf(sql).filter((step) => step.startsWith('SCAN'))
      expect([name, scans]).toEqual([name, [WHOLE_TABLES[name] ?? []].flat()])
    }
  })

  it('sorts nothing by hand', () => {
    for (const [name, sql] of named())
      expect([name, planOf(sql).filter((step) => step.includes('TEMP'))]).toEqual([name, []])
  })
})

describe('the plan of a list', () => {
  const page = { limit: 20, after: { createdAt: minute(5), id: 'x' } }
  const range = { from: minute(0), to: minute(9) }
  const never = { from: undefined, to: undefined }
  const cases = [
    [{}, 'by_age'],
    [{ userId: 'u' }, 'by_user'],
    [{ status: 'paid' }, 'by_status'],
    [{ userId: 'u', status: 'paid' }, 'by_user'],
  ] as const

  it.each(cases)('of orders begins in its index where %j is asked for', (filter, index) => {
    for (const times of [never, range]) {
      const plan = planOfQuery(statements.orders.list({ ...times, ...filter }, page))
      expect(plan[1]).toMatch(new RegExp(`^SEARCH orders USING INDEX orders_${index} \\(.*created_at<`))
      expect(plan.join('; ')).toContain('SEARCH order_items USING PRIMARY KEY')
    }
  })

  it.each([
    ...cases,
    [{ provider: 'alipay' }, 'by_provider'],
    [{ provider: 'alipay', status: 'paid' }, 'by_status'],
    [{ userId: 'u', provider: 'alipay', status: 'paid' }, 'by_user'],
  ] as const)('of payments begins in its index where %j is asked for', (filter, index) => {
    for (const times of [never, range]) {
      const plan = planOfQuery(statements.payments.list({ ...times, ...filter }, page))
      expect(plan).toEqual([expect.stringMatching(new RegExp(`^SEARCH payments USING INDEX payments_${index} `))])
    }
  })

  const numbers = [
    { outTradeNo: 'n' },
    { transactionId: 't' },
    { outTradeNo: 'n', transactionId: 't', userId: 'u', status: 'pending' },
  ] as const

  it.each(numbers)('of orders begins at the number where %j is asked for', (filter) => {
    const [, ...plan] = planOfQuery(statements.orders.list({ ...range, ...filter }, page))
    expect(plan[0]).toMatch(/^SEARCH orders USING (INDEX sqlite_autoindex_orders_1|PRIMARY KEY) \(id=\?\)/)
    expect(plan.filter((step) => step.startsWith('SCAN') && step !== 'SCAN page')).toEqual([])
  })

  it('of orders over one provider looks only at the payments of each order', () => {
    const plan = planOfQuery(statements.orders.list({ ...range, provider: 'points', status: 'paid' }, page)).join('; ')
    expect(plan).toMatch(/SEARCH orders USING INDEX orders_by_status \(.*SEARCH payments .*INDEX payments_by_order/)
  })

  it.each(numbers)('of payments begins at the number where %j is asked for', (filter) => {
    const [first] = planOfQuery(statements.payments.list({ ...range, ...filter }, page))
    expect(first).toMatch(/^SEARCH payments USING INDEX sqlite_autoindex_payments_\d \((id|out_trade_no)=\?\)/)
  })

  it.each([
    [{}, 'by_age'],
    [{ provider: 'alipay' }, 'by_provider'],
    [{ status: 'failed' }, 'by_status'],
    [{ userId: 'u' }, 'by_user'],
    [{ userId: 'u', status: 'failed' }, 'by_user'],
    [{ provider: 'alipay', status: 'failed' }, 'by_status'],
    [{ outTradeNo: 'n', status: 'failed' }, 'by_payment'],
    [{ transactionId: 't', userId: 'u' }, 'by_payment'],
  ] as const)('of refunds begins in its index where %j is asked for', (filter, index) => {
    for (const times of [never, range]) {
      const [first] = planOfQuery(statements.refunds.list({ ...times, ...filter }, page))
      expect(first).toMatch(new RegExp(`^SEARCH refunds USING INDEX refunds_${index} `))
    }
  })

  const any = { batchId: undefined, productId: undefined, status: undefined }
  it.each([
    [{}, 'age'],
    [{ status: 'available' }, 'status'],
    [{ productId: 'p', status: 'available' }, 'product'],
    [{ batchId: 'b', productId: 'p', status: 'available' }, 'batch'],
  ] as const)('of codes begins in its index where %j is asked for', (filter, index) => {
    const plan = planOfQuery(statements.accessCodes.list({ ...any, ...filter }, page))
    expect(plan[0]).toMatch(new RegExp(`^SEARCH access_codes USING INDEX access_codes_by_${index} \\(.*created_at<`))
    expect(plan.filter((step) => /^SCAN|TEMP/.test(step))).toEqual([])
  })

  it.each([
    [undefined, 'endpoint'],
    ['parked', 'status'],
  ] as const)('of webhook deliveries begins in its index where %j ones are asked for', (status, index) => {
    const plan = planOfQuery(statements.webhookDeliveries.list({ endpointId: 'e', status }, page))
    expect(plan).toEqual([
      expect.stringMatching(new RegExp(`^SEARCH webhook_deliveries USING INDEX webhook_deliveries_by_${index} `)),
    ])
  })

  it('of codes a user bought begins in its index', () => {
    expect(planOfQuery(statements.accessCodes.listByBuyer('u', page))).toEqual([
      expect.stringMatching(/^SEARCH access_codes USING INDEX access_codes_by_buyer \(buyer_id=\? AND created_at</),
    ])
  })

  it('of points begins in its index', () => {
    expect(planOfQuery(statements.points.entries('u', page))).toEqual([
      expect.stringMatching(/^SEARCH points_entries USING INDEX points_entries_by_user \(user_id=\? AND created_at</),
    ])
  })

  it.each([
    [{}, 'by_age'],
    [{ action: 'x' }, 'by_age'],
    [{ actor: 'a', action: 'x' }, 'by_actor'],
    [{ actor: 'a', subject: 's' }, 'by_subject'],
  ] as const)('of the audit log begins in its index where %j is asked for', (filter, index) => {
    expect(planOfQuery(statements.audit.list({ ...never, ...filter }, page))).toEqual([
      expect.stringMatching(new RegExp(`^SEARCH audit USING INDEX audit_${index} \\(.*created_at<`)),
    ])
  })

  it.each([
    [{}, 'by_age'],
    [{ kind: 'late_payment' }, 'by_age'],
    [{ kind: 'late_payment', status: 'open' }, 'by_status'],
  ] as const)('of incidents begins in its index where %j is asked for', (filter, index) => {
    expect(planOfQuery(statements.incidents.list(filter, page))).toEqual([
      expect.stringMatching(new RegExp(`^SEARCH incidents USING INDEX incidents_${index} \\(.*first_seen_at<`)),
    ])
  })

  it.each([
    [{}, 'by_age'],
    [{ provider: 'alipay', kind: 'refund' }, 'by_age'],
    [{ provider: 'alipay', verdict: 'unreadable' }, 'by_verdict'],
    [{ orderId: 'o', verdict: 'unreadable' }, 'by_order'],
    [{ outTradeNo: 'n', orderId: 'o', verdict: 'unreadable' }, 'by_number'],
  ] as const)('of messages begins in its index where %j is asked for', (filter, index) => {
    for (const times of [never, range])
      expect(planOfQuery(statements.notifications.list({ ...times, ...filter }, page))).toEqual([
        expect.stringMatching(new RegExp(`^SEARCH notifications USING INDEX notifications_${index} \\(.*received_at<`)),
      ])
  })

  it('is walked in slices whose ends an index tells alone', () => {
    const { orders, payments, refunds, audit, notifications, incidents, accessCodes } = statements
    const ends = [
      orders.listEnd({ ...range, provider: 'points', status: 'paid' }, page),
      orders.listEnd({ ...never, provider: 'points' }, page),
      payments.listEnd({ ...range, provider: 'points', status: 'paid' }, page),
      refunds.listEnd({ ...range, provider: 'points', status: 'failed' }, page),
      audit.listEnd({ ...range, action: 'x' }, page),
      notifications.listEnd({ ...range, provider: 'points', verdict: 'late' }, page),
      notifications.listEnd({ ...range, kind: 'other' }, page),
      incidents.listEnd({ kind: 'late_payment' }, page),
      incidents.listEnd({ kind: 'late_payment', status: 'open' }, page),
      accessCodes.listEnd({ ...any, productId: 'p', status: 'revoked' }, page),
    ]
    for (const end of ends)
      expect(planOfQuery(end)).toEqual([expect.stringMatching(/^SEARCH \w+ USING COVERING INDEX /)])
  })

  it('of messages that failed looks at no others, and counting them reads no content', () => {
    expect(planOf(statements.notifications.listFailed.sql)).toEqual([
      'SEARCH notifications USING COVERING INDEX notifications_by_retries (verdict=?)',
    ])
    expect(planOfQuery(statements.notifications.count(range))[0]).toMatch(
      /^SEARCH notifications USING COVERING INDEX notifications_by_verdict \(verdict=\? AND received_at>\? AND received_at<\?\)/,
    )
  })

  it('of the stock ledger begins in its index', () => {
    expect(planOfQuery(statements.stock.entries('s', page))).toEqual([
      expect.stringMatching(/^SEARCH stock_entries USING INDEX stock_entries_by_sku \(sku=\? AND created_at</),
    ])
  })

  it('of products by their ids looks each up', () => {
    expect(planOfQuery(statements.products.findMany(['a', 'b']))).toEqual([expect.stringMatching(/^SEARCH products/)])
  })
})
