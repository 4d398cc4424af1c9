import { type Kysely, sql } from 'kysely'
import { createPool } from 'mysql2'
import { mysqlDialect } from './dialect.ts'
import { migrate, type OnStep } from './migrate.ts'
import { mysqlKysely } from './mysql-builder.ts'
import { mysqlError } from './mysql-errors.ts'
import { connectionOptions } from './mysql-server.ts'
import type { DB } from './schema.ts'
import { assertSchema, type SchemaState, schemaState } from './schema-state.ts'

const CONNECT_PATIENCE_MS = 5000

/**
 * Brings the schema up to this build and says which steps that took; a second process waits on the server's lock
 * meanwhile.
 */
export const migrateMysql = (url: string, onStep?: OnStep): Promise<readonly string[]> =>
  onMysql(url, async (db) => {
    const applied = await migrate(db, mysqlDialect(await collationOf(db)), { onStep, wasDone })
    await assertSchema(db)
    return applied
  })

/** The schema of a database on a server; reads only. */
export const mysqlSchema = (url: string): Promise<SchemaState> => onMysql(url, schemaState)

/** Refuses what this build can't work on. */
export const assertMysqlSchema = (url: string): Promise<void> => onMysql(url, assertSchema)

/** Uses a database by a pool of its own, which is closed afterwards. */
export const onMysql = async <T>(url: string, use: (db: Kysely<DB>) => Promise<T>): Promise<T> => {
  const pool = createPool({ ...connectionOptions(url), connectionLimit: 2, connectTimeout: CONNECT_PATIENCE_MS })
  const db = mysqlKysely(pool)
  try {
    return await use(db)
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
