import type { Contribution } from '../../application/statistics/figures.ts'
import { DayTally } from './day-tally.ts'
import type { Executor } from './executor.ts'
import type { Value } from './schema.ts'

/** The store as one unit of work sees it; once the unit has ended, nothing it left running can reach the store. */
export class Session implements Executor {
  readonly #on: Executor
  readonly #streams = new Set<string>()
  readonly #tally = new DayTally()
  #ended = false

  constructor(on: Executor) {
    this.#on = on
  }

  async rows(sql: string, values: readonly Value[]): Promise<readonly unknown[]> {
    this.#assertOpen()
    return this.#on.rows(sql, values)
  }

  async change(sql: string, values: readonly Value[]): Promise<number> {
    this.#assertOpen()
    return this.#on.change(sql, values)
  }

  /** Notes that this stream got events. */
  announce(stream: string): void {
    this.#streams.add(stream)
  }

  get streams(): ReadonlySet<string> {
    return this.#streams
  }

  /** Notes how the figures of days change with it. */
  count(contributions: readonly Contribution[]): void {
    this.#tally.add(contributions)
  }

  get tally(): DayTally {
    return this.#tally
  }

  end(): void {
    this.#ended = true
  }

  #assertOpen(): void {
    if (this.#ended) throw new Error('a unit of work used its repositories after its end')
  }
}
