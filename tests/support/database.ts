import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { Value } from '../../src/adapters/persistence/schema.ts'
import { type Books, openSqliteBooks } from './books.ts'
import { temporaryDirectory } from './temporary-directory.ts'

// Each test knows the columns it asks for.
export type Row = Readonly<Record<string, Value>>

/** A database of a running service's own, and a hand that reads and spoils it beside the service. */
export type TestDatabase = {
  readonly url: string
  readonly kind: 'sqlite' | 'mariadb'
  /**
   * A fingerprint of every row of every table: what a refused message must not change. When an event was handed on is
   * left out, and so are the figures that are counted from the others: jobs do that in their own time.
   */
  digest(): Promise<string>
  /** Everything that is in it, with all that a thief of the disk could read. */
  contents(): Promise<string>
  rows(sql: string, ...values: readonly Value[]): Promise<readonly Row[]>
  execute(sql: string): Promise<void>
  /** Keeps everybody else from writing orders until it is let go. */
  holdOrders(): Promise<{ letGo(): Promise<void> }>
  books(): Books
  remove(): Promise<void>
}

/** The kind of database the tests are run on: SQLite, or what the run was told. */
export const testDatabase = async (): Promise<TestDatabase> => {
  if (process.env['TEST_DATABASE'] !== 'mariadb') return sqliteDatabase()
  const { mariadbTestDatabase } = await import('./mariadb-test-database.ts') // Only where there is such a server.
  return mariadbTestDatabase()
}

export const sqliteDatabase = (): TestDatabase & { readonly path: string } => {
  const directory = temporaryDirectory()
  const path = join(directory.path, 'shouyin.db')
  const use = <T>(work: (database: Database.Database) => T): Promise<T> => {
    const database = new Database(path)
    try {
      return Promise.resolve(work(database))
    } finally {
      database.close()
    }
  }
  return {
    path,
    url: `sqlite:${path}`,
    kind: 'sqlite',
    digest: () =>
      use((database) => {
        const names = database.prepare(`select name from sqlite_schema where type = 'table' order by name`).pluck()
        return digestOf(
          names
            .all()
            .filter(isNoCount)
            .map((name) => database.prepare(`select * from "${String(name)}"`).all()),
        )
      }),
    contents: async () => {
      const files = ['', '-wal'].map((end) => path + end).filter((file) => existsSync(file))
      return Buffer.concat(files.map((file) => readFileSync(file))).toString('latin1')
    },
    rows: (sql, ...values) => use((database) => database.prepare(sql).all(...values) as readonly Row[]), // As above.
    execute: (sql) => use((database) => void database.exec(sql)),
    async holdOrders() {
      const database = new Database(path)
      database.exec('BEGIN EXCLUSIVE')
      return {
        async letGo() {
          database.exec('ROLLBACK')
          database.close()
        },
      }
    },
    books: () => openSqliteBooks(path),
    remove: async () => directory.remove(),
  }
}

/** Of all rows of all tables, in a fixed order. */
export const digestOf = (tables: readonly (readonly unknown[])[]): string => {
  const hash = createHash('sha256')
  for (const rows of tables) hash.update(JSON.stringify(rows, withoutHandingOn))
  return hash.digest('hex')
}

/** But for tables that a job writes anew, of what is in the others, and for what the doctor keeps of refused callbacks. */
export const isNoCount = (table: unknown): boolean => !/^(?:daily_stats|refused_callbacks)/.test(String(table))

const withoutHandingOn = (column: string, value: unknown): unknown => (column === 'published_at' ? undefined : value)
