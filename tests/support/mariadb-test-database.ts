import { createConnection, type RowDataPacket } from 'mysql2/promise'
import { migrateMysql } from '../../src/adapters/persistence/mysql-migrate.ts'
import { type MariadbDatabase, mariadbDatabase } from '../mariadb/database.ts'
import { digestOf, isNoCount, type Row, type TestDatabase } from './database.ts'
import { openMysqlBooks } from './mysql-books.ts'

type Options = Readonly<Record<string, string>>

/** A migrated database of a test's own; migrating takes seconds, copying what was migrated does not. */
export const mariadbTestDatabase = async (options: Options = {}, port?: number): Promise<TestDatabase> => {
  const database = await mariadbDatabase(port)
  await database.query(`set foreign_key_checks = 0; ${await schema()}; set foreign_key_checks = 1`)
  return testDatabaseOn(database, options)
}

const testDatabaseOn = (database: MariadbDatabase, options: Options): TestDatabase => {
  const { name } = database
  const tables = async (): Promise<readonly string[]> => namesOf(await database.query(TABLES(name)))
  const all = async (names: readonly string[]): Promise<readonly (readonly unknown[])[]> => {
    const found: (readonly unknown[])[] = []
    for (const table of names) found.push(await database.query(`select * from \`${table}\``))
    return found
  }
  const url = `${database.url}?${new URLSearchParams(options).toString()}`
  return {
    url,
    kind: 'mariadb',
    digest: async () => digestOf(await all((await tables()).filter(isNoCount))),
    contents: async () => (await all(await tables())).flat().map(textOf).join('\n'),
    rows: (sql, ...values) => database.query(sql, values),
    execute: async (sql) => void (await database.query(sql)),
    async holdOrders() {
      const connection = await createConnection(database.url)
      await connection.query('start transaction')
      await connection.query('select * from orders for update') // With all the room between and after them.
      return {
        async letGo() {
          await connection.query('rollback')
          await connection.end()
        },
      }
    },
    books: () => openMysqlBooks(url),
    remove: () => database.remove(),
  }
}

const TABLES = (database: string): string =>
  `select table_name as name from information_schema.tables where table_schema = '${database}' order by table_name`

const namesOf = (rows: readonly RowDataPacket[]): readonly string[] => rows.map(({ name }) => String(name))

const textOf = (row: unknown): string =>
  Object.values(row as Row) // As every row.
    .map((value: unknown) => (Buffer.isBuffer(value) ? value.toString('latin1') : String(value)))
    .join('\n')

let made: Promise<string> | undefined

/** The statements that make every table of this build, with the notes of its migrations. */
const schema = (): Promise<string> => (made ??= readSchema())

const readSchema = async (): Promise<string> => {
  const template = await mariadbDatabase()
  try {
    await migrateMysql(template.url)
    const statements: string[] = []
    for (const table of namesOf(await template.query(TABLES(template.name)))) {
      const [found] = await template.query(`show create table \`${table}\``)
      statements.push(String(found?.['Create Table']))
    }
    const migrations = await template.query('select name, timestamp from kysely_migration')
    const notes = migrations.map(({ name, timestamp }) => `('${String(name)}', '${String(timestamp)}')`)
    return [
      ...statements,
      `insert into kysely_migration (name, timestamp) values ${notes.join(', ')}`,
      `insert into kysely_migration_lock values ('migration_lock', 0)`,
    ].join(';\n')
  } finally {
    await template.remove()
  }
}
