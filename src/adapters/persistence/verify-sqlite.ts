import type { CheckOptions, Violation } from './invariants/invariant.ts'
import { INVARIANTS } from './invariants/invariants.ts'
import { assertSchema } from './migrate.ts'
import { sqliteBuilder } from './sqlite-builder.ts'
import { SqliteConnection } from './sqlite-connection.ts'

/** An invariant that was checked, with what breaks it. */
export type Checked = { readonly id: string; readonly title: string; readonly violations: readonly Violation[] }

/**
 * Checks every invariant on a database file, reading only and in little memory; a server may go on writing beside it.
 * Each is checked on a snapshot of its own, so that none holds the write-ahead log back for longer than it takes.
 * `onChecked` is told of each as soon as it is known.
 */
export const verifySqlite = async (
  path: string,
  options: CheckOptions,
  onChecked: (checked: Checked) => void = () => {},
): Promise<readonly Checked[]> => {
  const connection = new SqliteConnection(path, 'read')
  try {
    await assertSchema(sqliteBuilder(connection.database))
    connection.database.pragma('temp_store = FILE') // Millions of rows are sorted on disk.
    const all: Checked[] = []
    for (const { id, title, check } of INVARIANTS) {
      connection.command('begin')
      const checked = { id, title, violations: await check(connection, options) }
      connection.command('commit')
      onChecked(checked)
      all.push(checked)
    }
    return all
  } finally {
    connection.close()
  }
}
