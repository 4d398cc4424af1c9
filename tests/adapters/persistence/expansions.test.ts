import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely'
import { describe, expect, it } from 'vitest'
import { sqliteDialect } from '../../../src/adapters/persistence/dialect.ts'
import { MIGRATIONS } from '../../../src/adapters/persistence/migrations.ts'
import { isExpansion } from '../../../src/adapters/persistence/schema-state.ts'

/** A build without the step reads and writes as before: no rule of it can refuse what that build writes. */
const onlyAdds = (sql: string): boolean =>
  /^create table /i.test(sql) ||
  /^create index /i.test(sql) ||
  (/^alter table \S+ add column /i.test(sql) && (!/not null/i.test(sql) || /default/i.test(sql)))

const statementsOf = async (name: keyof typeof MIGRATIONS): Promise<readonly string[]> => {
  const statements: string[] = []
  const db = new Kysely<unknown>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (on) => new SqliteIntrospector(on),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
    log: ({ query }) => void statements.push(query.sql),
  })
  await MIGRATIONS[name].up(db, sqliteDialect)
  return statements
}

const names = Object.keys(MIGRATIONS) as (keyof typeof MIGRATIONS)[] // Its own keys.

describe('a step whose name says that it only adds', () => {
  it('only adds', async () => {
    for (const name of names.filter(isExpansion))
      for (const sql of await statementsOf(name)) expect([name, sql, onlyAdds(sql)]).toEqual([name, sql, true])
  })

  it.each([
    ['0057_payments_last_refund_no', true],
    ['0068_webhook_deliveries_due', true],
    ['0049_orders_attempts', true],
    ['0050_orders_due_at_filled', false],
  ] as const)('would be checked: whether %s only adds is %s', async (name, adds) => {
    const statements = await statementsOf(name)
    expect([statements.length, statements.every(onlyAdds)]).toEqual([1, adds])
  })

  it.each(['drop table t', 'alter table t add column c text not null', 'create unique index i on t (a)'])(
    'is not: %s',
    (sql) => {
      expect(onlyAdds(sql)).toBe(false)
    },
  )
})
