import { type Kysely, sql } from 'kysely'
import { createPool } from 'mysql2'
import { mysqlDialect } from './dialect.ts'
import { assertSchema, migrate } from './migrate.ts'
import { mysqlKysely } from './mysql-builder.ts'
import { mysqlError } from './mysql-errors.ts'
import { connectionOptions } from './mysql-server.ts'
import type { DB } from './schema.ts'

const CONNECT_PATIENCE_MS = 5000

/** Brings the schema up to this build; a second process waits on the server's lock meanwhile. */
export const migrateMysql = (url: string): Promise<void> =>
  onOwnPool(url, async (db) => {
    await migrate(db, mysqlDialect(await collationOf(db)), wasDone)
    await assertSchema(db)
  })

/** Refuses a schema that is older, newer or half migrated. */
export const assertMysqlSchema = (url: string): Promise<void> => onOwnPool(url, assertSchema)

const onOwnPool = async (url: string, use: (db: Kysely<DB>) => Promise<void>): Promise<void> => {
  const pool = createPool({ ...connectionOptions(url), connectionLimit: 2, connectTimeout: CONNECT_PATIENCE_MS })
  const db = mysqlKysely(pool)
  try {
    await use(db)
  } catch (error) {
    throw mysqlError(error)
  } finally {
    await db.destroy()
  }
}

/** MySQL and MariaDB have different names for the comparison of bytes without padding. */
const collationOf = async (db: Kysely<DB>): Promise<Parameters<typeof mysqlDialect>[0]> => {
  const { rows } = await sql<{ version: string }>`select version() as version`.execute(db)
  return /mariadb/i.test(rows[0]?.version ?? '') ? 'utf8mb4_nopad_bin' : 'utf8mb4_0900_bin'
}

/**
 * A step is one statement that InnoDB does wholly or not at all, but notes apart from it: what exists already was made
 * by a process that ended in between.
 */
const wasDone = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  ['ER_TABLE_EXISTS_ERROR', 'ER_DUP_KEYNAME', 'ER_DUP_FIELDNAME'].some((code) => code === error.code)
