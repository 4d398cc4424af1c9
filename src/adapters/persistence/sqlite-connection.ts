import Database from 'better-sqlite3'
import { LRUCache } from 'lru-cache'
import { StoreUnavailable } from '../../application/transaction.ts'
import type { Executor } from './executor.ts'
import type { Value } from './schema.ts'

const CACHE_KIB = 64 * 1024
const PREPARED_STATEMENTS = 256
/** Opening may wait for another process that is opening, migrating or recovering. */
const OPENING_PATIENCE_MS = 5000
/** Afterwards the driver blocks the whole process while it waits, so it waits in small portions. */
const BLOCKING_PATIENCE_MS = 10
/** Pages that gather before a commit has to carry them over itself; when it is quiet they go earlier. */
const CHECKPOINT_PAGES = 4000

/** The SQLite file can't be used now, as opposed to a statement that is wrong. */
const UNAVAILABLE = /^SQLITE_(BUSY|LOCKED|FULL|IOERR|READONLY|CANTOPEN|PROTOCOL|NOMEM|CORRUPT|NOTADB)/

/** What a store does with the connection it writes through. */
export type Connection = Pick<SqliteConnection, 'rows' | 'change' | 'command' | 'checkpoint' | 'inTransaction'>

/** One connection of better-sqlite3: pragmas asserted, statements prepared once, errors told apart. */
export class SqliteConnection implements Executor {
  readonly database: Database.Database
  readonly #prepared = new LRUCache<string, Database.Statement<Value[]>>({ max: PREPARED_STATEMENTS })

  /** On a file, on `:memory:`, or on a copy in memory of a database that was serialised. */
  constructor(path: string | Buffer, mode: 'write' | 'read', cacheKib = CACHE_KIB) {
    this.database = new Database(path, { readonly: mode === 'read', timeout: OPENING_PATIENCE_MS })
    try {
      if (mode === 'write') this.database.pragma('journal_mode = WAL')
      this.database.pragma('synchronous = FULL')
      this.database.pragma('foreign_keys = ON')
      this.database.pragma('temp_store = MEMORY') // Else what a savepoint may undo goes to a file.
      this.database.pragma(`cache_size = -${cacheKib}`)
      this.database.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`)
      assertDurable(this.database)
    } catch (error) {
      this.database.close()
      throw error
    }
  }

  async rows(sql: string, values: readonly Value[]): Promise<readonly unknown[]> {
    return this.#run(sql, (prepared) => prepared.all(...values))
  }

  async change(sql: string, values: readonly Value[]): Promise<number> {
    return this.#run(sql, (prepared) => prepared.run(...values).changes)
  }

  /** `begin`, `commit` and the like. */
  command(sql: string): void {
    this.#run(sql, (prepared) => prepared.run())
  }

  /** As far as it goes without waiting for anybody. */
  checkpoint(): void {
    this.#run('pragma wal_checkpoint(passive)', (prepared) => prepared.all())
  }

  get inTransaction(): boolean {
    return this.database.inTransaction
  }

  /** From here on a lock is waited for by asking again, not by blocking. */
  shortenPatience(): void {
    this.database.pragma(`busy_timeout = ${BLOCKING_PATIENCE_MS}`)
  }

  close(): void {
    this.#prepared.clear()
    this.database.close()
  }

  #run<T>(sql: string, use: (prepared: Database.Statement<Value[]>) => T): T {
    try {
      let prepared = this.#prepared.get(sql)
      if (prepared === undefined) {
        prepared = this.database.prepare<Value[]>(sql)
        this.#prepared.set(sql, prepared)
      }
      return use(prepared)
    } catch (error) {
      throw this.database.open ? storeError(error) : new StoreUnavailable('the store is closed', { cause: error })
    }
  }
}

/** Reads the settings back: a commit that is answered has to survive a loss of power. */
export const assertDurable = (database: Database.Database): void => {
  const wanted = {
    journal_mode: database.memory ? 'memory' : 'wal',
    synchronous: 2,
    foreign_keys: 1,
  } as const
  for (const [name, value] of Object.entries(wanted)) {
    const found = database.pragma(name, { simple: true })
    if (found !== value) throw new Error(`SQLite runs with ${name} = ${String(found)} instead of ${value}`)
  }
}

export const isBusy = (error: unknown): boolean =>
  error instanceof StoreUnavailable &&
  error.cause instanceof Database.SqliteError &&
  error.cause.code.startsWith('SQLITE_BUSY')

/** The store being unusable is told apart from a broken constraint or a bug. */
export const storeError = (error: unknown): unknown =>
  error instanceof Database.SqliteError && UNAVAILABLE.test(error.code)
    ? new StoreUnavailable(`the SQLite file can't be used: ${error.code}`, { cause: error })
    : error
