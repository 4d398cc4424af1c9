import type { Connection, SqliteConnection } from '../../src/adapters/persistence/sqlite-connection.ts'
import type { Value } from '../../src/adapters/persistence/schema.ts'
import { StoreUnavailable } from '../../src/application/transaction.ts'
import type { Faults } from './faults.ts'

/** Asks whether the process dies here. */
export type CrashPoint = (where: string) => boolean

type Deps = {
  readonly connection: SqliteConnection
  readonly faults: Faults
  readonly isAlive: () => boolean
  readonly crashesAt: CrashPoint
  readonly onCommit: () => void
}

/**
 * The connection of one process to a database that outlives it. When the process dies, what it has not committed is
 * gone, and whatever of it still runs reaches nothing any more.
 */
export const cutConnection = ({ connection, faults, isAlive, crashesAt, onCommit }: Deps) => {
  let hasWritten = false
  const assertAlive = (): void => {
    if (!isAlive()) throw new Error('the process is dead')
  }
  const commit = (): void => {
    if (!hasWritten) return connection.command('commit') // A job that found nothing: there is nothing to lose.
    hasWritten = false
    if (crashesAt('before commit')) assertAlive()
    if (faults.strikes('commit_failed')) {
      connection.command('rollback')
      throw new StoreUnavailable('the disk is full')
    }
    connection.command('commit')
    onCommit()
    if (crashesAt('after commit')) assertAlive()
  }
  return {
    rows: async (sql: string, values: readonly Value[]) => {
      assertAlive()
      return connection.rows(sql, values)
    },
    change: async (sql: string, values: readonly Value[]) => {
      assertAlive()
      const changed = await connection.change(sql, values)
      hasWritten ||= changed > 0
      return changed
    },
    command(sql: string) {
      assertAlive()
      if (sql === 'commit') return commit()
      connection.command(sql)
      if (sql === 'rollback') hasWritten = false
    },
    checkpoint() {}, // Nothing is ever carried over in memory.
    get inTransaction() {
      return isAlive() && connection.inTransaction
    },
    close() {},
  } satisfies Connection & { close(): void }
}
