import type Database from 'better-sqlite3'
import type { Compilable } from 'kysely'
import { beforeAll, describe, expect, it } from 'vitest'
import { sqliteDialect } from '../../../src/adapters/persistence/dialect.ts'
import { migrate } from '../../../src/adapters/persistence/migrate.ts'
import { buildStatements, type Statements } from '../../../src/adapters/persistence/repositories.ts'
import { sqliteBuilder } from '../../../src/adapters/persistence/sqlite-builder.ts'
import { SqliteConnection } from '../../../src/adapters/persistence/sqlite-connection.ts'
import { billDay, minute } from '../../support/builders.ts'

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
  Object.entries(statements).flatMap(([repository, all]) => namedIn(repository, all))

/** Those of a repository may lie in groups. */
const namedIn = (prefix: string, all: object): readonly (readonly [name: string, sql: string])[] =>
  Object.entries(all).flatMap(([name, each]: readonly [string, unknown]) => {
    if (typeof each !== 'object' || each === null) return []
    const path = `${prefix}.${name}`
    return 'sql' in each && typeof each.sql === 'string' ? [[path, each.sql] as const] : namedIn(path, each)
  })

/** Each reads a whole small table by its nature, or the beginning or the end of one. */
const WHOLE_TABLES: Readonly<Record<string, string>> = {
  'webhookEndpoints.list': 'SCAN webhook_endpoints USING INDEX webhook_endpoints_by_age',
  'webhookDeliveries.endpoints': 'SCAN webhook_endpoints',
  'brokerQueue.oldest': 'SCAN broker_queue',
  'alerting.figures.endpoints': 'SCAN webhook_endpoints USING INDEX webhook_endpoints_by_age',
  'alerting.overdue.broker_queue': 'SCAN broker_queue',
  'riskSettings.list': 'SCAN risk_settings',
  'doctor.listRefused': 'SCAN refused_callbacks USING INDEX sqlite_autoindex_refused_callbacks_1',
  'audit.last': 'SCAN audit_chain',
  'backlog.broker': 'SCAN broker_queue',
  'backlog.endpoints': 'SCAN webhook_endpoints',
}

describe('the plan of each statement', () => {
  it('finds its rows by an index and never walks through a table', () => {
    expect(named().length).toBeGreaterThan(50)
    for (const [name, sql] of named()) {
      const scans = planOf(sql).filter((step) => step.startsWith('SCAN'))
      expect([name, scans]).toEqual([name, [WHOLE_TABLES[name] ?? []].flat()])
    }
  })

  it('sorts nothing by hand, but for the few groups that are counted', () => {
    for (const [name, sql] of named()) {
      const sorted = planOf(sql).filter((step) => step.includes('TEMP'))
      const isCount = name.startsWith('statistics.') && sorted.every((step) => step.endsWith('FOR GROUP BY'))
      expect([name, isCount ? [] : sorted]).toEqual([name, []])
    }
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
    [{ rule: 'error_rate', severity: 'critical' }, 'by_age'],
    [{ rule: 'error_rate', status: 'firing' }, 'by_status'],
  ] as const)('of alerts begins in its index where %j is asked for', (filter, index) => {
    expect(planOfQuery(statements.alerts.list(filter, page))).toEqual([
      expect.stringMatching(new RegExp(`^SEARCH alerts USING INDEX alerts_${index} \\(.*first_at<`)),
    ])
  })

  it('of deliveries of alerts begins in its index, also where one looks for what is due', () => {
    const { ofAlert, dueOf, due } = statements.alertDeliveries
    const plans = [ofAlert, dueOf, due].map(({ sql }) => planOf(sql))
    for (const [n, index] of ['by_alert', 'by_channel', 'due'].entries())
      expect(plans[n]?.[0]).toMatch(
        new RegExp(`^SEARCH alert_deliveries USING (COVERING )?INDEX alert_deliveries_${index} `),
      )
    expect(plans.flat().filter((step) => step.startsWith('SCAN'))).toEqual([])
  })

  it.each([
    [{}, 'by_age'],
    [{ userId: 'u' }, 'by_user'],
    [{ outcome: 'deny' }, 'by_outcome'],
    [{ userId: 'u', outcome: 'deny' }, 'by_user'],
    [{ orderId: 'o', userId: 'u', outcome: 'deny' }, 'by_order'],
  ] as const)('of decisions about risk begins in its index where %j is asked for', (filter, index) => {
    for (const times of [never, range])
      expect(planOfQuery(statements.riskDecisions.list({ ...times, ...filter }, page))).toEqual([
        expect.stringMatching(
          new RegExp(`^SEARCH risk_decisions USING INDEX risk_decisions_${index} \\(.*created_at<`),
        ),
      ])
  })

  it.each([{}, { userId: 'u' }, { orderId: 'o', outcome: 'deny' }] as const)(
    'of decisions in which a rule matched begins at the rule, also where %j is asked for',
    (filter) => {
      for (const times of [never, range])
        expect(
          planOfQuery(statements.riskDecisions.listOfRule({ ...times, ...filter, rule: 'velocity' }, page)),
        ).toEqual([
          expect.stringMatching(
            /^SEARCH risk_hits USING (COVERING )?INDEX risk_hits_by_rule \(rule=\? AND created_at.*</,
          ),
          expect.stringMatching(/^SEARCH risk_decisions USING INDEX \w+ \(id=\?\)/),
        ])
    },
  )

  it('of what is known of a user begins at the user, and that of the blacklist at each network', () => {
    expect(planOf(statements.riskHistory.orders.sql)).toEqual([expect.stringMatching(/orders_by_user \(user_id=\?\)/)])
    expect(planOf(statements.riskHistory.payments.sql)).toEqual([
      'SEARCH payments USING COVERING INDEX payments_by_user (user_id=?)',
    ])
    expect(planOf(statements.blacklist.among(25).sql)).toEqual([
      expect.stringMatching(/^SEARCH blacklist USING INDEX \w+ \(network=\?\)/),
    ])
    expect(planOfQuery(statements.blacklist.list(page))[0]).toMatch(/^SEARCH blacklist USING INDEX blacklist_by_age /)
  })

  it('of operators and of their sessions begins in its index', () => {
    const { operators, operatorSessions } = statements
    expect(planOfQuery(operators.list(page))).toEqual([
      expect.stringMatching(/^SEARCH operators USING INDEX operators_by_age \(created_at</),
    ])
    expect(planOfQuery(operatorSessions.listOpen('o', 1, page))).toEqual([
      expect.stringMatching(
        /^SEARCH operator_sessions USING INDEX operator_sessions_by_operator \(operator_id=\? AND created_at</,
      ),
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

  it.each([
    [{}, 'age'],
    [{ provider: 'alipay' }, 'provider'],
    [{ status: 'failed' }, 'status'],
    [{ provider: 'alipay', status: 'failed' }, 'provider'],
  ] as const)('of reconciliation runs begins in its index where %j is asked for', (filter, index) => {
    expect(planOfQuery(statements.reconciliations.list(filter, page))).toEqual([
      expect.stringMatching(
        new RegExp(`^SEARCH reconciliations USING INDEX reconciliations_by_${index} \\(.*created_at<`),
      ),
    ])
  })

  it.each([
    [{}, 'day'],
    [{ class: 'missing_local' }, 'day'],
    [{ class: 'missing_local', status: 'open' }, 'status'],
  ] as const)('of the discrepancies of a day begins in its index where %j is asked for', (filter, index) => {
    const wanted = { provider: 'wechat', day: billDay(), ...filter } as const
    expect(planOfQuery(statements.discrepancies.list(wanted, page))).toEqual([
      expect.stringMatching(
        new RegExp(`^SEARCH discrepancies USING INDEX discrepancies_by_${index} \\(.*bill_day=\\? AND created_at<`),
      ),
    ])
  })

  it('of the books of a day begins in the index of its time', () => {
    expect(planOf(statements.dayBooks.receipts.sql)).toEqual([
      expect.stringMatching(
        /^SEARCH payment_transactions USING INDEX payment_transactions_by_paid \(provider=\? AND paid_at>\? AND paid_at<\?\)/,
      ),
    ])
    expect(planOf(statements.dayBooks.refunds.sql)).toEqual([
      expect.stringMatching(
        /^SEARCH refunds USING INDEX refunds_by_processed \(provider=\? AND processed_at>\? AND processed_at<\?\)/,
      ),
      expect.stringMatching(/^SEARCH payments .*\(id=\?\)/),
    ])
    expect(planOfQuery(statements.dayBooks.matches('wechat', ['a', 'b']))).toEqual([
      expect.stringMatching(/^SEARCH bill_matches USING .* \(provider=\? AND subject=\?\)/),
    ])
  })

  it('of open discrepancies reads those of one subject, or of one provider, alone', () => {
    const { openOf, vanished, drifting, countOpen } = statements.discrepancies
    expect(planOf(openOf.sql)).toEqual([expect.stringMatching(/\(provider=\? AND subject=\?\)/)])
    expect(planOf(vanished.sql)).toEqual([expect.stringMatching(/\(provider=\? AND status=\? AND bill_day=\?\)/)])
    expect(planOf(drifting.sql)).toEqual([expect.stringMatching(/\(provider=\? AND status=\? AND bill_day</)])
    expect(planOf(countOpen.sql)).toEqual([expect.stringMatching(/\(provider=\? AND status=\? AND bill_day=\?\)/)])
  })

  it('of bills reads those of the day alone', () => {
    expect(planOf(statements.bills.ofDay.sql)).toEqual([expect.stringMatching(/\(provider=\? AND bill_day=\?\)/)])
    expect(planOf(statements.bills.sameFile.sql)).toEqual([expect.stringMatching(/ AND kind=\? AND sha256=\?\)/)])
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
      statements.alerts.listEnd({ rule: 'error_rate' }, page),
      statements.alerts.listEnd({ rule: 'error_rate', status: 'firing' }, page),
      statements.discrepancies.listEnd({ provider: 'wechat', day: billDay() }, page),
      statements.discrepancies.listEnd({ provider: 'wechat', day: billDay(), status: 'open' }, page),
      statements.riskDecisions.listEnd({ ...range, userId: 'u', outcome: 'deny' }, page),
      statements.riskDecisions.listOfRuleEnd({ ...range, userId: 'u', rule: 'velocity' }, page),
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
