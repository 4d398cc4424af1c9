import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import { err, ok, type Result } from 'neverthrow'
import { StoreUnavailable, type WriteConflict } from '../../application/transaction.ts'
import type { Executor } from './executor.ts'
import { Session } from './session.ts'
import { type Connection, isBusy } from './sqlite-connection.ts'
import { isFinal, type Manner, type Work, withinPatience } from './unit-of-work.ts'

const MAX_GROUP = 64
const MAX_RUNS = 10
const LOCK_PATIENCE_MS = 5000
const UNIT_PATIENCE_MS = 5000

type Verdict = 'commit' | 'rollback' | 'conflict'

type Unit = {
  /** Counts the runs that conflicts made necessary. */
  readonly run: number
  readonly manner: Manner
  /** Does the work and keeps its result. */
  readonly attempt: (session: Session) => Promise<Verdict>
  /** Gives the caller the result that was kept. */
  readonly answer: () => void
  readonly reject: (error: unknown) => void
}

type Outcome = { readonly unit: Unit; readonly session: Session } & (
  | { readonly verdict: Verdict }
  | { readonly verdict: 'failed'; readonly error: unknown }
)

export type GroupCommitOptions = {
  /** Writes what the units of a group that are to be committed have noted, in their commit. */
  readonly beforeCommit?: (on: Executor, sessions: readonly Session[]) => Promise<void>
  /** Told after each commit, with the streams that got events. */
  readonly onCommit: (streams: readonly string[]) => void
  /** How long one unit may take before it counts as hung. */
  readonly unitPatienceMs?: number
  /** How long another process may hold the lock. */
  readonly lockPatienceMs?: number
}

/**
 * Runs units of work one after another on one connection. Those that came within one turn of the event loop share one
 * durable commit, each in a savepoint of its own, and nobody is answered before it.
 */
export class GroupCommit {
  readonly #connection: Connection
  readonly #options: GroupCommitOptions
  readonly #waiting: Unit[] = []
  #draining: Promise<void> | undefined
  #group: Promise<void> | undefined
  #closed = false

  constructor(connection: Connection, options: GroupCommitOptions) {
    this.#connection = connection
    this.#options = options
  }

  run<T, E>(work: Work<T, E>, manner: Manner = 'shared'): Promise<Result<T, Exclude<E, WriteConflict>>> {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw new StoreUnavailable('the store is closed')
      let kept: Result<T, Exclude<E, WriteConflict>> | undefined
      this.#waiting.push({
        run: 1,
        manner,
        async attempt(session) {
          const result = await work(session)
          if (result.isOk()) {
            kept = ok(result.value)
            return 'commit'
          }
          if (!isFinal(result.error)) return 'conflict'
          kept = err(result.error)
          return 'rollback'
        },
        answer: () => kept !== undefined && resolve(kept),
        reject,
      })
      this.#draining ??= this.#drain()
    })
  }

  /** Waits until no group is under way: what a reader on the same connection sees is then committed. */
  async betweenGroups(): Promise<void> {
    while (this.#group !== undefined) await this.#group
  }

  /** Finishes what was accepted and accepts nothing more. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#draining
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      await turn() // What else arrives in this turn joins.
      this.#group = this.#runGroup(this.#waiting.splice(0, this.#nextSize()))
      await this.#group
      this.#group = undefined
    }
    this.#draining = undefined
  }

  /** A unit that is to be alone ends the group before it, and is one by itself. */
  #nextSize(): number {
    const alone = this.#waiting.findIndex(({ manner }) => manner === 'alone')
    return alone === -1 ? MAX_GROUP : Math.min(MAX_GROUP, Math.max(1, alone))
  }

  async #runGroup(units: readonly Unit[]): Promise<void> {
    try {
      await this.#begin()
    } catch (error) {
      for (const unit of units) unit.reject(error)
      return
    }
    let outcomes: readonly Outcome[]
    try {
      outcomes = await this.#attemptAll(units)
      const committed = outcomes.filter(isCommitted).map(({ session }) => session)
      await this.#options.beforeCommit?.(this.#connection, committed)
      this.#connection.command(committed.length > 0 ? 'commit' : 'rollback')
    } catch (error) {
      await this.#groupLost(units, error)
      return
    }
    this.#answer(outcomes)
  }

  async #begin(): Promise<void> {
    if (this.#connection.inTransaction) this.#connection.command('rollback') // An earlier one failed.
    const deadline = performance.now() + (this.#options.lockPatienceMs ?? LOCK_PATIENCE_MS)
    for (;;) {
      try {
        this.#connection.command('begin immediate')
        return
      } catch (error) {
        if (!isBusy(error) || performance.now() >= deadline) throw error
      }
      await sleep(Math.random() * 20)
    }
  }

  async #attemptAll(units: readonly Unit[]): Promise<readonly Outcome[]> {
    const shared = units.length > 1
    const outcomes: Outcome[] = []
    for (const unit of units) {
      if (shared) this.#connection.command('savepoint unit')
      const outcome = await this.#attempt(unit)
      // SQLite ends the whole transaction by itself when the disk is full or fails.
      if (!this.#connection.inTransaction) throw lossOf(outcome)
      if (shared && outcome.verdict !== 'commit') this.#connection.command('rollback to unit')
      if (shared) this.#connection.command('release unit')
      outcomes.push(outcome)
    }
    return outcomes
  }

  async #attempt(unit: Unit): Promise<Outcome> {
    const session = new Session(this.#connection)
    const patienceMs = this.#options.unitPatienceMs ?? UNIT_PATIENCE_MS
    try {
      return { unit, session, verdict: await withinPatience(unit.attempt(session), patienceMs) }
    } catch (error) {
      return { unit, session, verdict: 'failed', error }
    } finally {
      session.end()
    }
  }

  /** Nothing of the group was committed, whoever's fault it was: each unit gets another chance alone. */
  async #groupLost(units: readonly Unit[], error: unknown): Promise<void> {
    const [first, ...others] = units
    if (others.length === 0) return first?.reject(error)
    for (const unit of units) await this.#runGroup([unit])
  }

  #answer(outcomes: readonly Outcome[]): void {
    for (const outcome of outcomes) {
      const { unit } = outcome
      switch (outcome.verdict) {
        case 'commit':
        case 'rollback':
          unit.answer()
          break
        case 'conflict':
          if (unit.run < MAX_RUNS) this.#waiting.push({ ...unit, run: unit.run + 1 })
          else unit.reject(new StoreUnavailable(`a unit of work met another writer ${MAX_RUNS} times`))
          break
        case 'failed':
          unit.reject(outcome.error)
          break
      }
    }
    const committed = outcomes.filter(isCommitted)
    const streams = new Set(committed.flatMap(({ session }) => [...session.streams]))
    if (committed.length > 0) this.#options.onCommit([...streams])
  }
}

const isCommitted = ({ verdict }: Outcome): boolean => verdict === 'commit'

const lossOf = (outcome: Outcome): unknown =>
  outcome.verdict === 'failed' ? outcome.error : new StoreUnavailable('SQLite has ended the transaction')
