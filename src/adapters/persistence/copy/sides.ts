import { realpathSync } from 'node:fs'
import { migrateMysql, mysqlSchema } from '../mysql-migrate.ts'
import type { Executor } from '../executor.ts'
import type { MysqlConnection } from '../mysql-connection.ts'
import { mysqlError } from '../mysql-errors.ts'
import { connectionOptions, MysqlServer } from '../mysql-server.ts'
import { isMysqlUrl } from '../mysql-url.ts'
import type { SchemaState } from '../schema-state.ts'
import { SqliteConnection } from '../sqlite-connection.ts'
import { migrateSqlite, sqliteSchema } from '../sqlite-migrate.ts'

/** A database that is copied from. */
export type Snapshot = Executor & {
  /** From here on it is read as it is now. */
  end(): Promise<void>
  close(): Promise<void>
}

/** A database that is copied to, or compared with. */
export type Target = Executor & { close(): Promise<void> }

/** `sqlite:<path of the file>`, or `mysql://…` as `readMysqlUrl` has it. */
type Url = string

const pathOf = (url: Url): string => url.replace(/^sqlite:/, '')

/** The database without who asks for it and how: the same one has the same name. */
export const databaseName = (url: Url): string => {
  if (!isMysqlUrl(url)) return `sqlite:${realPath(pathOf(url))}`
  const { host, port, database } = connectionOptions(url)
  return `mysql://${host}:${port}/${database}`
}

const realPath = (path: string): string => {
  try {
    return realpathSync(path)
  } catch {
    return path // It is not there yet.
  }
}

export const schemaAt = (url: Url): Promise<SchemaState> =>
  isMysqlUrl(url) ? mysqlSchema(url) : sqliteSchema(pathOf(url))

export const migrateAt = async (url: Url): Promise<void> => {
  await (isMysqlUrl(url) ? migrateMysql(url) : migrateSqlite(pathOf(url)))
}

/** Reads a database as it is at this moment, however long that takes; nothing in it is changed or held up. */
export const openSnapshot = async (url: Url): Promise<Snapshot> =>
  isMysqlUrl(url) ? mysqlSnapshot(url) : sqliteSnapshot(pathOf(url))

export const openTarget = async (url: Url, mode: 'write' | 'read'): Promise<Target> => {
  if (isMysqlUrl(url)) return onConnection(url)
  const connection = new SqliteConnection(pathOf(url), mode)
  return {
    rows: (sql, values) => connection.rows(sql, values),
    change: (sql, values) => connection.change(sql, values),
    close: async () => connection.close(),
  }
}

const sqliteSnapshot = async (path: string): Promise<Snapshot> => {
  const connection = new SqliteConnection(path, 'read')
  connection.command('begin')
  await connection.rows('select count(*) from sqlite_schema', []) // The snapshot is that of the first read.
  return {
    rows: (sql, values) => connection.rows(sql, values),
    change: () => Promise.reject(new Error('a source is only read')),
    end: async () => connection.command('rollback'),
    close: async () => connection.close(),
  }
}

/** One page, or one reading of a table's sums. */
const PATIENCE_MS = 10 * 60_000

const mysqlSnapshot = async (url: Url): Promise<Snapshot> => {
  const source = await onConnection(url)
  await source.command('set transaction isolation level repeatable read')
  await source.command('start transaction with consistent snapshot, read only')
  return { ...source, end: () => source.command('commit') }
}

const onConnection = async (url: Url): Promise<Target & Pick<MysqlConnection, 'command'>> => {
  const server = new MysqlServer({ url, connections: 1 })
  const telling = async <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      throw mysqlError(error)
    })
  try {
    const connection = await server.acquire(PATIENCE_MS)
    return {
      rows: (sql, values) => telling(connection.rows(sql, values)),
      change: (sql, values) => telling(connection.change(sql, values)),
      command: (sql) => telling(connection.command(sql)),
      async close() {
        connection.destroy() // Whatever was left undone on it is undone.
        await server.close()
      },
    }
  } catch (error) {
    await server.close()
    throw error
  }
}
