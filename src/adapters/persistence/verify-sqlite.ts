import type { CheckOptions } from './invariants/invariant.ts'
import { assertSchema } from './schema-state.ts'
import { sqliteBuilder } from './sqlite-builder.ts'
import { SqliteConnection } from './sqlite-connection.ts'
import { type Checked, type OnChecked, verifyEach } from './verify.ts'

/**
 * Checks every invariant on a database file, reading only and in little memory; a server may go on writing beside it.
 */
export const verifySqlite = async (
  path: string,
  options: CheckOptions,
  onChecked?: OnChecked,
): Promise<readonly Checked[]> => {
  const connection = new SqliteConnection(path, 'read')
  try {
    await assertSchema(sqliteBuilder(connection.database))
    connection.database.pragma('temp_store = FILE') // Millions of rows are sorted on disk.
    const onSnapshot: Parameters<typeof verifyEach>[0] = async (read) => {
      connection.command('begin')
      const found = await read(connection)
      connection.command('commit')
      return found
    }
    return await verifyEach(onSnapshot, options, onChecked)
  } finally {
    connection.close()
  }
}
