import { setTimeout as sleep } from 'node:timers/promises'
import { err, ok, type Result } from 'neverthrow'
import { StoreUnavailable, type WriteConflict } from '../../application/transaction.ts'
import { isDuplicate } from './duplicates.ts'
import type { Executor } from './executor.ts'
import { isLockWait, isLost, isVictim, mysqlError } from './mysql-errors.ts'
import type { MysqlConnection } from './mysql-connection.ts'
import type { MysqlServer } from './mysql-server.ts'
import { Session } from './session.ts'
import { isFinal, type Work, withinPatience } from './unit-of-work.ts'

const MAX_RUNS = 10
const RUNS_SIDE_BY_SIDE = 3
const MAX_LOST = 2
const MAX_LOCK_WAITS = 2
const MAX_SURPRISES = 2
/** What took longer is not run again: whatever hangs would only hang once more. */
const QUICKLY_MS = 1000
const UNIT_PATIENCE_MS = 5000
const LONGEST_PAUSE_MS = 100

type Attempt<T, E> =
  | { readonly verdict: 'done'; readonly result: Result<T, Exclude<E, WriteConflict>>; readonly streams: Set<string> }
  /** Another writer came first: rolled back. */
  | { readonly verdict: 'conflict'; readonly error: unknown }
  /** It threw: it met what can't be, or one half of what another writer has done meanwhile. */
  | { readonly verdict: 'surprise'; readonly error: unknown }
  /** The connection broke before the commit was sent: the server rolls back. */
  | { readonly verdict: 'lost'; readonly error: unknown }

export type MysqlUnitsOptions = {
  /** Writes what a unit that is to be committed has noted, as the last thing it does. */
  readonly beforeCommit?: (on: Executor, session: Session) => Promise<void>
  /** Told after each commit, with the streams that got events. */
  readonly onCommit: (streams: readonly string[]) => void
  readonly unitPatienceMs?: number
}

/**
 * Runs units of work, each in a transaction of its own. Victims of deadlocks, lock waits, and races for a unique key are
 * run again as a whole, and so is a unit whose connection breaks before its commit, or that throws: where others commit
 * between its reads, these need not agree, and only what it meets again and again is really there. A connection that breaks during the
 * commit leaves the outcome unknown: the caller is told `StoreUnavailable`, and whoever asks again finds what is there.
 */
export class MysqlUnits {
  readonly #server: MysqlServer
  readonly #options: MysqlUnitsOptions
  readonly #active = new Set<Promise<unknown>>()
  #lane: Promise<void> = Promise.resolve()
  #closed = false

  constructor(server: MysqlServer, options: MysqlUnitsOptions) {
    this.#server = server
    this.#options = options
  }

  run<T, E>(work: Work<T, E>): Promise<Result<T, Exclude<E, WriteConflict>>> {
    if (this.#closed) return Promise.reject(new StoreUnavailable('the store is closed'))
    const running = this.#runAgain(work)
    const noted = running.then(
      () => undefined,
      () => undefined, // The caller hears of it; here only its end counts.
    )
    this.#active.add(noted)
    void noted.then(() => this.#active.delete(noted))
    return running
  }

  /** Finishes what was accepted and accepts nothing more. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.all(this.#active)
  }

  async #runAgain<T, E>(work: Work<T, E>): Promise<Result<T, Exclude<E, WriteConflict>>> {
    const startedAt = performance.now()
    let lost = 0
    let lockWaits = 0
    let surprises = 0
    for (let run = 1; ; run += 1) {
      const attempt = await (run < RUNS_SIDE_BY_SIDE ? this.#attempt(work) : this.#inTurn(() => this.#attempt(work)))
      switch (attempt.verdict) {
        case 'done':
          if (attempt.streams.size > 0) this.#announce([...attempt.streams])
          return attempt.result
        case 'lost':
          lost += 1
          if (lost > MAX_LOST || performance.now() - startedAt > QUICKLY_MS) throw mysqlError(attempt.error)
          break
        case 'surprise':
          surprises += 1
          if (surprises > MAX_SURPRISES || performance.now() - startedAt > QUICKLY_MS) throw attempt.error
          break
        case 'conflict':
          if (isLockWait(attempt.error)) lockWaits += 1
          if (run >= MAX_RUNS || lockWaits >= MAX_LOCK_WAITS) throw conflictError(attempt.error)
      }
      await sleep(Math.random() * Math.min(LONGEST_PAUSE_MS, 2 ** run))
    }
  }

  async #attempt<T, E>(work: Work<T, E>): Promise<Attempt<T, E>> {
    const connection = await this.#server.acquire()
    const session = new Session(connection)
    try {
      await connection.command('start transaction')
      const result = await withinPatience(work(session), this.#options.unitPatienceMs ?? UNIT_PATIENCE_MS)
      session.end()
      if (result.isOk()) {
        await this.#options.beforeCommit?.(connection, session)
        await commit(connection)
        return { verdict: 'done', result: ok(result.value), streams: new Set(session.streams) }
      }
      await giveBack(connection)
      if (!isFinal(result.error)) return { verdict: 'conflict', error: undefined }
      return { verdict: 'done', result: err(result.error), streams: new Set() }
    } catch (error) {
      session.end()
      return await failed(connection, error)
    }
  }

  /** Those that met others again and again wait for one another: of fifty that want one row, each round lets one through. */
  #inTurn<R>(attempt: () => Promise<R>): Promise<R> {
    const turn = this.#lane.then(attempt)
    this.#lane = turn.then(
      () => undefined,
      () => undefined, // Whose turn failed hears of it; the next one comes all the same.
    )
    return turn
  }

  /** A listener's mistake must not become that of the unit, so it fails on its own. */
  #announce(streams: readonly string[]): void {
    queueMicrotask(() => this.#options.onCommit(streams))
  }
}

/** Its outcome is unknown when the answer does not come. */
class CommitUnknown extends StoreUnavailable {}

const commit = async (connection: MysqlConnection): Promise<void> => {
  try {
    await connection.command('commit')
  } catch (error) {
    if (isLost(error)) throw new CommitUnknown('the answer to a commit was lost', { cause: error })
    throw error // Refused, as by engines that find conflicts only here: nothing was written.
  }
  connection.release()
}

const giveBack = async (connection: MysqlConnection): Promise<void> => {
  await connection.command('rollback')
  connection.release()
}

const failed = async (connection: MysqlConnection, error: unknown): Promise<Attempt<never, never>> => {
  if (error instanceof CommitUnknown || isLost(error)) {
    connection.destroy()
    if (error instanceof CommitUnknown) throw error
    return { verdict: 'lost', error }
  }
  try {
    await giveBack(connection)
  } catch {
    connection.destroy() // A transaction that can't be rolled back ends with its connection.
  }
  if (mysqlError(error) instanceof StoreUnavailable && !isLockWait(error)) throw mysqlError(error)
  return { verdict: isVictim(error) ? 'conflict' : 'surprise', error }
}

/** A unique key that is taken again and again is a mistake of ours; everything else ends by itself. */
const conflictError = (error: unknown): unknown =>
  error !== undefined && isDuplicate(error)
    ? error
    : new StoreUnavailable('a unit of work met other writers again and again', { cause: error })
