import type { Kysely } from 'kysely'
import { ok } from 'neverthrow'
import type { Encryption } from '../../application/encryption.ts'
import type { Ids } from '../../application/ids.ts'
import type { CommitListener } from '../../application/transaction.ts'
import type { Executor, WatchStatements } from './executor.ts'
import { GroupCommit } from './group-commit.ts'
import { IdleCheckpoint } from './idle-checkpoint.ts'
import { checkInvariants } from './invariants/invariants.ts'
import { isInPlace, type OwnFile, ownFile } from './own-file.ts'
import { buildStatements, type RepositoryContext, type Statements } from './repositories.ts'
import type { DB } from './schema.ts'
import { assertSchema } from './schema-state.ts'
import { sqliteBuilder } from './sqlite-builder.ts'
import { type Connection, SqliteConnection } from './sqlite-connection.ts'
import { migrateAlone } from './sqlite-migrate.ts'
import { writeTallies } from './statistics-statements.ts'
import { durablyOn, storePorts } from './store-ports.ts'
import type { Store } from './store.ts'

export type SqliteStoreOptions = {
  /** A file, or `:memory:`. */
  readonly path: string
  readonly encryption: Encryption
  readonly ids: Ids
  readonly onCommit?: CommitListener
  readonly watched?: WatchStatements | undefined
  /** `false`: the schema has to be there already. */
  readonly migrate?: boolean
  /** For what each connection keeps in memory, where that is not to be as much as a service wants. */
  readonly cacheKib?: number
}

/** Opens the store in a file, or one in memory for tests and trials. */
export const openSqliteStore = async (options: SqliteStoreOptions): Promise<Store> => {
  const { path } = options
  const file = path === ':memory:' ? undefined : ownFile(path)
  const writer = new SqliteConnection(path, 'write', options.cacheKib)
  const builder = sqliteBuilder(writer.database)
  let reader: SqliteConnection | undefined
  try {
    if (options.migrate !== false) await migrateAlone(writer, builder)
    await assertSchema(builder)
    if (file !== undefined) reader = new SqliteConnection(path, 'read', options.cacheKib)
  } catch (error) {
    writer.close()
    throw error
  }
  writer.shortenPatience()
  return storeOn({ writer, builder, reader, file, ...options })
}

/** What a store stands on; without a connection of their own its readers wait for the group under way. */
export type StoreParts = Pick<SqliteStoreOptions, 'encryption' | 'ids' | 'onCommit' | 'watched'> & {
  readonly writer: Connection & { close(): void }
  readonly builder: Kysely<DB>
  readonly reader?: SqliteConnection | undefined
  readonly file?: OwnFile | undefined
  /** Those of `buildStatements`, where several stores share them: building them takes longer than opening a store. */
  readonly statements?: Statements
}

/** The store on connections that are open, over a schema that is there. */
export const storeOn = (parts: StoreParts): Store => {
  const {
    writer,
    builder,
    reader,
    file,
    encryption,
    ids,
    onCommit,
    watched,
    statements = buildStatements(builder),
  } = parts
  const checkpoint = new IdleCheckpoint(writer)
  const group = new GroupCommit(writer, {
    beforeCommit: (on, sessions) => writeTallies(statements.statistics, on, sessions, () => 0),
    onCommit: (streams) => {
      checkpoint.postpone()
      // A listener's mistake must not become that of the units, so it fails on its own.
      if (streams.length > 0) queueMicrotask(() => onCommit?.(streams))
    },
  })
  const context: RepositoryContext = { statements, encryption, ids, watched }
  const readerOn: Executor = reader ?? betweenGroups(group, writer)
  return {
    ...storePorts(group, readerOn, context, 1),
    healthy: () => isHealthy({ group, reader: readerOn, file }),
    verify: (options) => durablyOn(group)(async (on) => ok(await checkInvariants(on, options))),
    async close() {
      await group.close()
      checkpoint.stop()
      reader?.close()
      writer.close()
    },
  }
}

/** Readers on the writing connection see committed state only, so they wait for the group under way. */
const betweenGroups = (group: GroupCommit, writer: Connection): Executor => ({
  async rows(sql, values) {
    await group.betweenGroups()
    return writer.rows(sql, values)
  },
  change: () => Promise.reject(new Error('a reader writes nothing')),
})

type HealthCheck = {
  readonly group: GroupCommit
  readonly reader: Executor
  readonly file: OwnFile | undefined
}

const isHealthy = async ({ group, reader, file }: HealthCheck): Promise<boolean> => {
  try {
    await reader.rows('select 1', [])
    // Writes the first page of the file anew: a full or failing disk shows, and no table is touched.
    await group.run(async (session) => ok(await session.change('pragma user_version = 1', [])))
    return file === undefined || isInPlace(file)
  } catch {
    return false // Whatever it was, this is the answer to it.
  }
}
