import Database from 'better-sqlite3'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Executor } from '../../../src/adapters/persistence/executor.ts'
import type { Row, Value } from '../../../src/adapters/persistence/schema.ts'
import { sqliteBuilder } from '../../../src/adapters/persistence/sqlite-builder.ts'
import { SqliteConnection } from '../../../src/adapters/persistence/sqlite-connection.ts'
import { insertion, query, statement } from '../../../src/adapters/persistence/statement.ts'

const builder = sqliteBuilder(new Database(':memory:'))

const recorder = () => {
  const calls: { readonly sql: string; readonly values: readonly Value[] }[] = []
  const on: Executor = {
    rows: async (sql, values) => (calls.push({ sql, values }), []),
    change: async (sql, values) => (calls.push({ sql, values }), 1),
  }
  return { on, calls }
}

describe('a statement', () => {
  const find = statement({ sku: 'text', at: 'integer?' }, ({ sku, at }) =>
    builder
      .selectFrom('fulfilments')
      .selectAll()
      .where('taken_back_at', '=', at)
      .where('kind', '=', 'goods')
      .where('order_id', '=', sku)
      .where('status', '<>', sku),
  )

  it('binds each parameter where its placeholder was built in, and constants where they stand', async () => {
    const { on, calls } = recorder()
    await find.rows(on, { sku: 'A', at: 5 })
    await find.rows(on, { sku: 'B', at: null })
    expect(calls.map(({ values }) => values)).toEqual([
      [5, 'goods', 'A', 'A'],
      [null, 'goods', 'B', 'B'],
    ])
    expect(new Set(calls.map(({ sql }) => sql)).size).toBe(1)
  })

  it.each([
    ['sku', 5],
    ['sku', null],
    ['sku', undefined],
    ['sku', ['A']],
    ['sku', { toString: () => 'A' }],
    ['sku', 'half a pair \ud800'],
    ['at', '5'],
    ['at', 0.5],
    ['at', NaN],
    ['at', Infinity],
    ['at', 2 ** 53],
    ['at', 5n],
    ['at', true],
    ['at', new Date(5)],
    ['at', undefined],
  ])('refuses to bind %s to %o', async (name, value) => {
    const { on, calls } = recorder()
    const parameters = { sku: 'A', at: 5, [name]: value } as { sku: string; at: number } // What no types keep out.
    expect(() => find.rows(on, parameters)).toThrow(name)
    expect(calls).toEqual([])
  })
})

describe('an insertion', () => {
  const insert = insertion(builder, 'points_accounts')
  const account = (n: number): Row<'points_accounts'> => ({ user_id: `u${n}`, balance: n, updated_at: 0, version: 1 })

  it('binds all rows in the order of the columns', async () => {
    const { on, calls } = recorder()
    const { version, ...others } = account(2)
    await insert(on, [account(1), { version, ...others }])
    expect(calls[0]?.values).toEqual(['u1', 1, 0, 1, 'u2', 2, 0, 1])
    expect(calls[0]?.sql).toMatch(/^insert into "points_accounts" \("user_id", "balance", "updated_at", "version"\)/)
  })

  it('goes in several statements only where there are very many rows', async () => {
    const { on, calls } = recorder()
    await insert(
      on,
      Array.from({ length: 1001 }, (_, n) => account(n)),
    )
    expect(calls.map(({ values }) => values.length / 4)).toEqual([500, 500, 1])
    await insert(on, [])
    expect(calls).toHaveLength(3)
  })

  it('refuses a row with a value of another kind', async () => {
    const { on, calls } = recorder()
    await expect(insert(on, [account(1), { ...account(2), balance: 0.5 }])).rejects.toThrow('balance')
    expect(calls).toEqual([])
  })
})

describe('a query built for one call', () => {
  it('binds texts and integers only', async () => {
    const { on, calls } = recorder()
    await query(on, builder.selectFrom('stock').selectAll().where('sku', 'in', ['A', 'B']).limit(2))
    expect(calls[0]?.values).toEqual(['A', 'B', 2])
    const limit = builder.selectFrom('stock').selectAll().limit(0.5)
    expect(() => query(on, limit)).toThrow('number')
  })
})

describe('prepared statements', () => {
  it('are prepared once, and again when they were pushed out by others', async () => {
    const connection = new SqliteConnection(':memory:', 'write')
    onTestFinished(() => connection.close())
    const prepare = vi.spyOn(connection.database, 'prepare')
    const ask = (n: number) => connection.rows(`select ${n} as n where 1 = ?`, [1])
    for (let times = 0; times < 5; times += 1) expect(await ask(7)).toEqual([{ n: 7 }])
    expect(prepare).toHaveBeenCalledTimes(1)
    for (let n = 1000; n < 1600; n += 1) await ask(n)
    expect(await ask(7)).toEqual([{ n: 7 }])
    expect(prepare).toHaveBeenCalledTimes(602)
  })
})
