import type { CheckOptions } from './invariants/invariant.ts'
import type { MysqlConnection } from './mysql-connection.ts'
import { mysqlError } from './mysql-errors.ts'
import { assertMysqlSchema } from './mysql-migrate.ts'
import { MysqlServer } from './mysql-server.ts'
import { type Checked, type OnChecked, verifyEach } from './verify.ts'

/** Millions of rows are sorted on the server's disk. */
const PATIENCE_MS = 30 * 60_000

/** Checks every invariant on a database of a server, reading only; services may go on writing beside it. */
export const verifyMysql = async (
  url: string,
  options: CheckOptions,
  onChecked?: OnChecked,
): Promise<readonly Checked[]> => {
  await assertMysqlSchema(url)
  const server = new MysqlServer({ url, connections: 1 })
  try {
    return await verifyEach((read) => inSnapshot(server, read), options, onChecked)
  } finally {
    await server.close()
  }
}

/** Reads on one state of the database, however long it takes: meanwhile others write. */
export const inSnapshot = async <T>(
  server: MysqlServer,
  read: (connection: MysqlConnection) => Promise<T>,
): Promise<T> => {
  const connection = await server.acquire(PATIENCE_MS)
  try {
    await connection.command('set transaction isolation level repeatable read')
    await connection.command('start transaction read only')
    const found = await read(connection)
    await connection.command('commit')
    connection.release()
    return found
  } catch (error) {
    connection.destroy()
    throw mysqlError(error)
  }
}
