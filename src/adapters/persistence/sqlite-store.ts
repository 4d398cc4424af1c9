import type { Kysely } from 'kysely'
import { ok } from 'neverthrow'
import type { Encryption } from '../../application/encryption.ts'
import type { IdempotencyKeys } from '../../application/idempotency/idempotency-keys.ts'
import type { Ids } from '../../application/ids.ts'
import type { OutboxRelay } from '../../application/outbox.ts'
import type { CommitListener, Readers, Transaction } from '../../application/transaction.ts'
import { sqliteDialect } from './dialect.ts'
import type { Executor, RunDurably } from './executor.ts'
import { GroupCommit } from './group-commit.ts'
import { IdleCheckpoint } from './idle-checkpoint.ts'
import { KyselyIdempotencyKeys } from './kysely-idempotency-keys.ts'
import { KyselyOutboxRelay } from './kysely-outbox-relay.ts'
import { assertSchema, migrate } from './migrate.ts'
import { isInPlace, type OwnFile, ownFile } from './own-file.ts'
import { buildStatements, type RepositoryContext, readersOn, repositoriesOn } from './repositories.ts'
import type { DB } from './schema.ts'
import { sqliteBuilder } from './sqlite-builder.ts'
import { SqliteConnection } from './sqlite-connection.ts'

export type Store = {
  readonly transaction: Transaction
  readonly readers: Readers
  readonly idempotencyKeys: IdempotencyKeys
  readonly relay: OutboxRelay
  /** One trivial read, and a write that reaches the disk. */
  healthy(): Promise<boolean>
  /** Finishes the units of work that were accepted; later ones fail with `StoreUnavailable`. */
  close(): Promise<void>
}

export type SqliteStoreOptions = {
  /** A file, or `:memory:`. */
  readonly path: string
  readonly encryption: Encryption
  readonly ids: Ids
  readonly onCommit?: CommitListener
  /** `false`: the schema has to be there already. */
  readonly migrate?: boolean
}

/** Opens the store in a file, or one in memory for tests and trials. */
export const openSqliteStore = async (options: SqliteStoreOptions): Promise<Store> => {
  const { path, encryption, ids } = options
  const file = path === ':memory:' ? undefined : ownFile(path)
  const writer = new SqliteConnection(path, 'write')
  const builder = sqliteBuilder(writer.database)
  let reader: SqliteConnection | undefined
  try {
    if (options.migrate !== false) await migrateAlone(writer, builder)
    await assertSchema(builder)
    if (file !== undefined) reader = new SqliteConnection(path, 'read')
  } catch (error) {
    writer.close()
    throw error
  }
  writer.shortenPatience()

  const checkpoint = new IdleCheckpoint(writer)
  const group = new GroupCommit(writer, {
    onCommit(streams) {
      checkpoint.postpone()
      // A listener's mistake must not become that of the units, so it fails on its own.
      if (streams.length > 0) queueMicrotask(() => options.onCommit?.(streams))
    },
  })
  const context: RepositoryContext = { statements: buildStatements(builder), encryption, ids }
  const readerOn: Executor = reader ?? betweenGroups(group, writer)
  const durably: RunDurably = async (work) => {
    const result = await group.run(work)
    return result.match(
      (value) => value,
      (impossible) => impossible,
    )
  }
  return {
    transaction: {
      run: (work) =>
        group.run((session) => work(repositoriesOn(session, context, (stream) => session.announce(stream)))),
    },
    readers: readersOn(readerOn, context),
    idempotencyKeys: new KyselyIdempotencyKeys(context.statements.idempotencyKeys, durably, encryption),
    relay: new KyselyOutboxRelay(context.statements.outbox, readerOn, durably),
    healthy: () => isHealthy({ group, reader: readerOn, file }),
    async close() {
      await group.close()
      checkpoint.stop()
      reader?.close()
      writer.close()
    },
  }
}

/** All steps in one transaction: they happen together or not at all, and a second process waits. */
const migrateAlone = async (writer: SqliteConnection, builder: Kysely<DB>): Promise<void> => {
  writer.command('begin immediate')
  try {
    await migrate(builder, sqliteDialect)
    writer.command('commit')
  } catch (error) {
    if (writer.inTransaction) writer.command('rollback')
    throw error
  }
}

/** Readers on the writing connection see committed state only, so they wait for the group under way. */
const betweenGroups = (group: GroupCommit, writer: SqliteConnection): Executor => ({
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
