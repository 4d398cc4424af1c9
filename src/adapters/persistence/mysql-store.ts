import type { CommitListener } from '../../application/transaction.ts'
import type { Encryption } from '../../application/encryption.ts'
import type { Ids } from '../../application/ids.ts'
import { StoreUnavailable } from '../../application/transaction.ts'
import { dayNumberOf } from '../../domain/shanghai-day.ts'
import type { Executor, WatchStatements } from './executor.ts'
import { checkInvariants } from './invariants/invariants.ts'
import { mysqlBuilder } from './mysql-builder.ts'
import { assertMysqlSchema, migrateMysql } from './mysql-migrate.ts'
import { mysqlReader } from './mysql-reader.ts'
import { MysqlServer } from './mysql-server.ts'
import { MysqlUnits } from './mysql-units.ts'
import { buildStatements, type RepositoryContext } from './repositories.ts'
import { writeTallies } from './statistics-statements.ts'
import { storePorts } from './store-ports.ts'
import type { Store } from './store.ts'
import { inSnapshot } from './verify-mysql.ts'

/**
 * So many units that count for today commit side by side: each locks its row of the day until it has. Of days that are
 * over there is one row, as they are read more often than they change.
 */
const SHARDS = 4

export type MysqlStoreOptions = {
  /** As `readMysqlUrl` has it. */
  readonly url: string
  readonly encryption: Encryption
  readonly ids: Ids
  readonly onCommit?: CommitListener
  readonly watched?: WatchStatements | undefined
  /** `false`: the schema has to be there already. */
  readonly migrate?: boolean
  /** `true` refuses a server that may lose a commit it has answered. */
  readonly mustBeDurable?: boolean
}

/** Opens the store on MySQL, MariaDB, or what speaks their protocol. */
export const openMysqlStore = async (options: MysqlStoreOptions): Promise<Store> => {
  const { url, encryption, ids } = options
  await (options.migrate === false ? assertMysqlSchema(url) : migrateMysql(url))
  const server = new MysqlServer({ url })
  try {
    if (options.mustBeDurable !== false) await assertDurableCommits(server)
  } catch (error) {
    await server.close()
    throw error
  }
  const statements = buildStatements(mysqlBuilder())
  let count = 0
  const units = new MysqlUnits(server, {
    beforeCommit(on, session) {
      count += 1
      const today = dayNumberOf(new Date())
      return writeTallies(statements.statistics, on, [session], (day) => (day < today ? 0 : count % SHARDS))
    },
    onCommit: (streams) => options.onCommit?.(streams),
  })
  const context: RepositoryContext = { statements, encryption, ids, watched: options.watched }
  const reader = mysqlReader(server)
  return {
    ...storePorts(units, reader, context, SHARDS),
    healthy: () => isHealthy(reader),
    verify: (given) => inSnapshot(server, (connection) => checkInvariants(connection, given)),
    async close() {
      await units.close()
      await server.close()
    },
  }
}

/** A commit that is answered has to survive a loss of power (`innodb_flush_log_at_trx_commit = 1`). */
const assertDurableCommits = async (server: MysqlServer): Promise<void> => {
  const connection = await server.acquire()
  try {
    const rows = await connection.rows(`show variables like 'innodb_flush_log_at_trx_commit'`, [])
    const [found] = rows as readonly { readonly Value?: string }[] // As the statement is defined.
    // Engines without InnoDB do not know it, and flush by rules of their own.
    if (found?.Value !== undefined && found.Value !== '1')
      throw new Error(`MySQL runs with innodb_flush_log_at_trx_commit = ${found.Value} instead of 1`)
  } finally {
    connection.release()
  }
}

const isHealthy = async (reader: Executor): Promise<boolean> => {
  try {
    const [row] = await reader.rows('select @@global.read_only as read_only', [])
    return (row as { readonly read_only?: number }).read_only === 0 // As the statement is written.
  } catch (error) {
    if (error instanceof StoreUnavailable) return false
    throw error
  }
}
