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

/** Each reads a whole table by its nature. */
const WHOLE_TABLES = ['stock.list']

describe('the plan of each statement', () => {
  it('finds its rows by an index and never walks through a table', () => {
    expect(named().length).toBeGreaterThan(50)
    for (const [name, sql] of named()) {
      const scans = planOf(sql).filter((step) => step.startsWith('SCAN'))
      expect([name, scans]).toEqual([name, WHOLE_TABLES.includes(name) ? ['SCAN stock'] : []])
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

  it('of points begins in its index', () => {
    expect(planOfQuery(statements.points.entries('u', page))).toEqual([
      expect.stringMatching(/^SEARCH points_entries USING INDEX points_entries_by_user \(user_id=\? AND created_at</),
    ])
  })

  it('of products by their ids looks each up', () => {
    expect(planOfQuery(statements.products.findMany(['a', 'b']))).toEqual([expect.stringMatching(/^SEARCH products/)])
  })
})
