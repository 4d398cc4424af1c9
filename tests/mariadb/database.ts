import { randomBytes } from 'node:crypto'
import { createConnection, createPool, type RowDataPacket } from 'mysql2/promise'
import type { Value } from '../../src/adapters/persistence/schema.ts'
import { whereThere } from '../support/where-there.ts'
import type { Isolation } from '../../src/adapters/persistence/mysql-url.ts'

const PORT = 3306
const SERVER = { host: '127.0.0.1', port: PORT, user: 'root', connectTimeout: 2000 } as const

/** A database of a test's own on the server, empty; removing it drops it. */
export type MariadbDatabase = {
  readonly name: string
  readonly url: string
  urlUnder(isolation: Isolation): string
  /** Empties every table, which is much faster than making them anew. */
  wipe(): Promise<void>
  query<R extends RowDataPacket>(sql: string, values?: readonly Value[]): Promise<readonly R[]>
  remove(): Promise<void>
}

export const mariadbDatabase = async (port = PORT): Promise<MariadbDatabase> => {
  const name = `shouyin_test_${randomBytes(6).toString('hex')}`
  const url = `mysql://root@127.0.0.1:${port}/${name}`
  const first = await createConnection({ ...SERVER, port })
  await first.query(`create database ${name}`)
  await first.end()
  // Not a connection of its own, since a test may kill any connection, and the server.
  const connection = createPool({ ...SERVER, port, database: name, multipleStatements: true, connectionLimit: 1 })
  const query = async <R extends RowDataPacket>(sql: string, values: readonly Value[] = []): Promise<readonly R[]> =>
    (await connection.query<R[]>(sql, [...values]))[0]
  return {
    name,
    url,
    urlUnder: (isolation) => `${url}?isolation=${isolation.replace(' ', '-')}`,
    query,
    async wipe() {
      const tables = await query(`select table_name as t from information_schema.tables
        where table_schema = '${name}' and table_name not like 'kysely%' and table_rows is not null`)
      const deletions = tables.map(({ t }) => `delete from \`${String(t)}\`;`)
      await connection.query(`set foreign_key_checks = 0; start transaction; ${deletions.join('')} commit`)
    },
    async remove() {
      await connection.query(`drop database ${name}`)
      await connection.end()
    },
  }
}

const isReachable = async (): Promise<boolean> => {
  try {
    const connection = await createConnection(SERVER)
    await connection.end()
    return true
  } catch {
    return false // Absent is an answer here.
  }
}

const reachable = await isReachable()

/** Declares tests that need MariaDB. */
export const withMariadb = (declare: () => void): void => whereThere(reachable, 'MariaDB', '127.0.0.1:3306', declare)
