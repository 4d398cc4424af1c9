import { sql } from 'kysely'
import type { RowDataPacket } from 'mysql2'
import { describe, expect, it } from 'vitest'
import { isDuplicate } from '../../../src/adapters/persistence/duplicates.ts'
import { buildStatements } from '../../../src/adapters/persistence/repositories.ts'
import { type Kinds, TABLES } from '../../../src/adapters/persistence/schema.ts'
import { assertSchema } from '../../../src/adapters/persistence/schema-state.ts'
import { migrated } from './mariadb.ts'

describe('the migrations on MariaDB', () => {
  it('make exactly the columns the code knows, of the same kinds', { timeout: 60_000 }, async (context) => {
    const { builder, pool, name } = await migrated(context)
    await assertSchema(builder)
    const [columns] = await pool.promise().query<RowDataPacket[]>(
      `select table_name as t, column_name as c, data_type as type, is_nullable as nullable, collation_name as collation
         from information_schema.columns where table_schema = ? and table_name not like 'kysely%'`,
      [name],
    )
    const found: Record<string, Record<string, string>> = {}
    for (const { t, c, type, nullable, collation } of columns) {
      if (type !== 'bigint') expect([t, c, collation]).toEqual([t, c, 'utf8mb4_nopad_bin'])
      if (c === 'position') continue // The events' own number, which the code does not write.
      found[t] = { ...found[t], [c]: `${type === 'bigint' ? 'integer' : 'text'}${nullable === 'YES' ? '?' : ''}` }
    }
    expect(found).toEqual(TABLES satisfies Readonly<Record<string, Kinds>>)
  })

  it('make rules that bite, and identifiers that compare exactly', { timeout: 60_000 }, async (context) => {
    const { builder } = await migrated(context)
    const put = (sku: string, reserved: number) =>
      builder.insertInto('stock').values({ sku, on_hand: 1, reserved, updated_at: 0, version: 1 }).execute()
    for (const sku of ['A1', 'a1', 'A1 ', 'Á1']) await put(sku, 0)
    const twin = await put('A1', 0).catch((error: unknown) => error)
    expect(isDuplicate(twin)).toBe(true)
    for (const reserved of [-1, 2]) {
      const broken = await put('B', reserved).catch((error: unknown) => error)
      expect(broken).toBeInstanceOf(Error)
      expect(isDuplicate(broken)).toBe(false)
    }
  })

  it('make tables on which every statement of ours is understood', { timeout: 60_000 }, async (context) => {
    const { builder } = await migrated(context)
    const statements = Object.values(buildStatements(builder)).flatMap((all) => Object.values(all))
    const texts = statements.flatMap((each) => ('sql' in each && typeof each.sql === 'string' ? [each.sql] : []))
    expect(texts.length).toBeGreaterThan(50)
    await builder.connection().execute(async (connection) => {
      for (const text of texts) await sql`prepare given from ${sql.lit(text)}`.execute(connection)
    })
    const page = { limit: 2, after: { createdAt: new Date(5), id: 'x' } }
    const filter = { userId: 'u', status: 'paid', from: new Date(0), to: new Date(9) } as const
    const { accessCodes, orders, payments, points, products } = buildStatements(builder)
    expect(await orders.list(filter, page).execute()).toEqual([])
    expect(await payments.list({ ...filter, provider: 'alipay' }, page).execute()).toEqual([])
    const numbers = { outTradeNo: 'n', transactionId: 't', provider: 'alipay' } as const
    const { refunds, audit, stock, incidents, notifications } = buildStatements(builder)
    expect(await orders.list({ ...filter, ...numbers }, page).execute()).toEqual([])
    expect(await payments.list({ ...filter, ...numbers }, page).execute()).toEqual([])
    expect(await refunds.list({ ...filter, ...numbers, status: 'failed' }, page).execute()).toEqual([])
    expect(await audit.list({ ...filter, actor: 'a', action: 'x', subject: 's' }, page).execute()).toEqual([])
    expect(await incidents.list({ status: 'open', kind: 'late_payment' }, page).execute()).toEqual([])
    const messages = { provider: 'alipay', verdict: 'late', kind: 'refund', orderId: 'o', outTradeNo: 'n' } as const
    expect(await notifications.list({ ...filter, ...messages }, page).execute()).toEqual([])
    expect(await notifications.count({ from: new Date(0), to: new Date(9) }).execute()).toEqual([])
    expect(await stock.entries('s', page).execute()).toEqual([])
    const codes = { batchId: 'b', productId: 'p', status: 'revoked' } as const
    expect(await accessCodes.list(codes, page).execute()).toEqual([])
    expect(await accessCodes.listByBuyer('u', page).execute()).toEqual([])
    expect(await points.entries('u', page).execute()).toEqual([])
    expect(await products.findMany(['a', 'b']).execute()).toEqual([])
  })
})
