import type Database from 'better-sqlite3'
import { describe, expect, it, onTestFinished } from 'vitest'
import { sqliteDialect } from '../../../src/adapters/persistence/dialect.ts'
import { migrate } from '../../../src/adapters/persistence/migrate.ts'
import { MIGRATIONS } from '../../../src/adapters/persistence/migrations.ts'
import { type Kinds, TABLES } from '../../../src/adapters/persistence/schema.ts'
import { assertSchema } from '../../../src/adapters/persistence/schema-state.ts'
import { sqliteBuilder } from '../../../src/adapters/persistence/sqlite-builder.ts'
import { SqliteConnection } from '../../../src/adapters/persistence/sqlite-connection.ts'

const migrated = async (): Promise<Database.Database> => {
  const connection = new SqliteConnection(':memory:', 'write')
  onTestFinished(() => connection.close())
  const builder = sqliteBuilder(connection.database)
  await migrate(builder, sqliteDialect)
  await assertSchema(builder)
  return connection.database
}

type Column = { readonly name: string; readonly type: string; readonly notnull: 0 | 1 }

/** A column as `TABLES` describes it. */
const kindOf = ({ type, notnull }: Column): string => `${type.toLowerCase()}${notnull === 1 ? '' : '?'}`

describe('the tables', () => {
  it('have exactly the columns the code knows, of the same kinds', async () => {
    const database = await migrated()
    for (const [table, kinds] of Object.entries<Kinds>(TABLES)) {
      const columns = database.pragma(`table_info(${table})`) as Column[] // What SQLite documents for this pragma.
      const found = Object.fromEntries(columns.map((column) => [column.name, kindOf(column)]))
      // The number by which the store counts the rows is the one column that the code does not write.
      const { position, ...others } = found
      expect([table, others]).toEqual([table, kinds])
      expect(position).toBe(['events', 'broker_queue'].includes(table) ? 'integer?' : undefined)
    }
  })

  it('are all strict, and all there are', async () => {
    const database = await migrated()
    const tables = database
      .prepare("select name from pragma_table_list where schema = 'main' and strict = 1 order by name")
      .pluck()
      .all()
    expect(tables).toEqual(Object.keys(TABLES).toSorted())
  })

  it('come from migrations whose names sort in their order', () => {
    const names = Object.keys(MIGRATIONS)
    expect(names).toEqual(names.toSorted())
    for (const name of names) expect(name).toMatch(/^\d{4}_[a-z_]+$/)
  })

  it('stay as they are when the migrations run again', async () => {
    const connection = new SqliteConnection(':memory:', 'write')
    onTestFinished(() => connection.close())
    const builder = sqliteBuilder(connection.database)
    await migrate(builder, sqliteDialect)
    const schema = () => connection.database.prepare('select sql from sqlite_schema').pluck().all()
    const before = schema()
    await migrate(builder, sqliteDialect)
    expect(schema()).toEqual(before)
  })
})
