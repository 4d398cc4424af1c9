import { StoreUnavailable } from '../../application/transaction.ts'
import type { Connection } from './sqlite-connection.ts'

const QUIET_MS = 250

/** Carries the write-ahead log over into the file while nobody waits, so that seldom a commit has to do it in passing. */
export class IdleCheckpoint {
  readonly #connection: Connection
  #timer: NodeJS.Timeout | undefined

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** Something was committed: from now on it has to be quiet for a while. */
  postpone(): void {
    this.#timer ??= setTimeout(() => this.#run(), QUIET_MS).unref()
    this.#timer.refresh()
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #run(): void {
    if (this.#connection.inTransaction) return this.postpone()
    try {
      this.#connection.checkpoint()
    } catch (error) {
      // What is committed stays safe in the log, and a later checkpoint carries it over.
      if (!(error instanceof StoreUnavailable)) throw error
    }
  }
}
