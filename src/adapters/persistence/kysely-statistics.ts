import { setImmediate } from 'node:timers/promises'
import { ok } from 'neverthrow'
import { FIGURES, figuresOf, FLOW, type Flow, NO_FIGURES } from '../../application/statistics/figures.ts'
import type {
  DayFlow,
  DayRange,
  FirstCount,
  ProviderFigures,
  Statistics,
} from '../../application/statistics/statistics.ts'
import { type Provider, PROVIDERS } from '../../domain/payment.ts'
import { dayNumbered, dayNumberOf, startOfDay } from '../../domain/shanghai-day.ts'
import { byProvider, countBooks } from './counted-books.ts'
import { insertOnce } from './duplicates.ts'
import type { Executor, RunDurably } from './executor.ts'
import type { StatisticsStatements } from './statistics-statements.ts'

/** There is one first count. */
const ID = 'days'

type Parts = {
  readonly reader: Executor
  /** In a unit of work that shares its commit with no other. */
  readonly durably: RunDurably
  /** How many rows a provider's day may have. */
  readonly shards: number
}

export class KyselyStatistics implements Statistics {
  readonly #sql: StatisticsStatements
  readonly #parts: Parts
  /** Once it is, it stays. */
  #isComplete = false

  constructor(statements: StatisticsStatements, parts: Parts) {
    this.#sql = statements
    this.#parts = parts
  }

  async byProvider(range: DayRange): Promise<readonly ProviderFigures[]> {
    const { reader } = this.#parts
    if (!(await this.#isCounted())) return countBooks(reader, this.#sql.books, timesOf(range))
    return byProvider(await this.#sql.byProvider.rows(reader, range))
  }

  async byDay(range: DayRange, provider: Provider | undefined): Promise<readonly DayFlow[]> {
    const { reader } = this.#parts
    if (!(await this.#isCounted())) return this.#flowOfBooks(range, provider)
    const rows =
      provider === undefined
        ? await this.#sql.byDay.rows(reader, range)
        : await this.#sql.byDayOf.rows(reader, { ...range, provider })
    return rows
      .map(({ day, ...figures }) => ({ day, flow: figuresOf(FLOW, (figure) => Number(figures[figure])) }))
      .filter(({ flow }) => moved(flow))
      .toSorted((a, b) => a.day - b.day)
  }

  async span(): Promise<DayRange | undefined> {
    const { times, days } = this.#sql.span
    const counted = (await times.rows(this.#parts.reader, {})).map(({ at }) =>
      at === null ? null : dayNumberOf(new Date(at)),
    )
    const kept = (await days.rows(this.#parts.reader, {})).map(({ at }) => at)
    const found = [...counted, ...kept].filter((day) => day !== null)
    return found.length === 0 ? undefined : { first: Math.min(...found), last: Math.max(...found) }
  }

  recount(day: number): Promise<boolean> {
    const range = { first: day, last: day }
    return this.#parts.durably(async (on) => {
      await this.#lock(on, day)
      const kept = byProvider(await this.#sql.byProvider.rows(on, range))
      const counted = await countBooks(on, this.#sql.books, timesOf(range))
      await this.#sql.clear.change(on, { day })
      for (const { provider, figures } of counted)
        await this.#sql.addTo(FIGURES).change(on, { day, provider, shard: 0, ...figures })
      return ok(!isSame(kept, counted))
    })
  }

  async firstCount(): Promise<FirstCount> {
    const row = await this.#sql.firstCount.first(this.#parts.reader, { id: ID })
    if (row === undefined) return { status: 'not_begun' }
    return row.next_day === null ? { status: 'complete' } : { status: 'under_way', nextDay: row.next_day }
  }

  advanceFirstCount(nextDay: number): Promise<void> {
    return this.#parts.durably(async (on) => {
      if (!(await this.#begin(on, nextDay))) await this.#sql.advance.change(on, { id: ID, day: nextDay })
      return ok(undefined)
    })
  }

  completeFirstCount(): Promise<void> {
    return this.#parts.durably(async (on) => {
      if (!(await this.#begin(on, null))) await this.#sql.complete.change(on, { id: ID })
      return ok(undefined)
    })
  }

  #begin(on: Executor, nextDay: number | null): Promise<boolean> {
    return insertOnce(
      () => this.#sql.begin(on, [{ id: ID, next_day: nextDay }]),
      async () => true, // The id is its only key.
    )
  }

  /**
   * Every row in which anybody may count for the day: who has counted is committed and will be read, who has not waits
   * until the day is counted anew, and adds to that. So this comes before anything is read.
   */
  async #lock(on: Executor, day: number): Promise<void> {
    for (const provider of PROVIDERS.toSorted())
      for (let shard = 0; shard < this.#parts.shards; shard += 1)
        await this.#sql.addTo([]).change(on, { day, provider, shard, ...NO_FIGURES })
  }

  async #isCounted(): Promise<boolean> {
    this.#isComplete ||= (await this.firstCount()).status === 'complete'
    return this.#isComplete
  }

  async #flowOfBooks(range: DayRange, provider: Provider | undefined): Promise<readonly DayFlow[]> {
    const days: DayFlow[] = []
    for (let day = range.first; day <= range.last; day += 1) {
      const found = await countBooks(this.#parts.reader, this.#sql.books, timesOf({ first: day, last: day }))
      const own = found.filter((one) => provider === undefined || one.provider === provider)
      const valueOf = (figure: keyof Flow) => own.reduce((total, { figures }) => total + figures[figure], 0)
      days.push({ day, flow: figuresOf(FLOW, valueOf) })
      await setImmediate() // As in a walk through slices.
    }
    return days.filter(({ flow }) => moved(flow))
  }
}

const moved = (flow: Flow): boolean => FLOW.some((figure) => flow[figure] !== 0)

const timesOf = ({ first, last }: DayRange) => ({
  from: startOfDay(dayNumbered(first)).getTime(),
  until: startOfDay(dayNumbered(last + 1)).getTime(),
})

const isSame = (kept: readonly ProviderFigures[], counted: readonly ProviderFigures[]): boolean =>
  kept.length === counted.length &&
  kept.every(({ provider, figures }) => {
    const other = counted.find((one) => one.provider === provider)
    return other !== undefined && FIGURES.every((figure) => figures[figure] === other.figures[figure])
  })
