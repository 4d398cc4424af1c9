import { randomBytes } from 'node:crypto'
import { Kysely, MysqlDialect } from 'kysely'
import { createPool, type Pool } from 'mysql2'
import { onTestFinished, type TestContext } from 'vitest'
import { mysqlDialect } from '../../../src/adapters/persistence/dialect.ts'
import { migrate } from '../../../src/adapters/persistence/migrate.ts'
import type { DB } from '../../../src/adapters/persistence/schema.ts'

const SERVER = { host: '127.0.0.1', port: 3306, user: 'root', connectTimeout: 2000 } as const

const isReachable = async (): Promise<boolean> => {
  const pool = createPool(SERVER)
  try {
    await pool.promise().query('select 1')
    return true
  } catch {
    return false // Absent is an answer here.
  } finally {
    await pool.promise().end()
  }
}

type Migrated = { readonly pool: Pool; readonly builder: Kysely<DB>; readonly name: string }

/** A database of this test's own on the server, with the whole schema; it is dropped afterwards. */
export const migrated = async ({ skip }: TestContext): Promise<Migrated> => {
  if (!(await isReachable())) {
    if (process.env['CI'] !== undefined) throw new Error('CI has to offer MariaDB at 127.0.0.1:3306')
    skip('MariaDB is not reachable at 127.0.0.1:3306, so nothing is known about it')
  }
  const name = `shouyin_test_${randomBytes(6).toString('hex')}`
  const server = createPool(SERVER)
  await server.promise().query(`create database ${name}`)
  const pool = createPool({ ...SERVER, database: name, supportBigNumbers: true })
  onTestFinished(async () => {
    await pool.promise().end()
    await server.promise().query(`drop database ${name}`)
    await server.promise().end()
  })
  const builder = new Kysely<DB>({ dialect: new MysqlDialect({ pool }) })
  await migrate(builder, mysqlDialect('utf8mb4_nopad_bin'))
  return { pool, builder, name }
}
