import type { Contribution, Figure } from '../../application/statistics/figures.ts'
import { FIGURES, figuresOf } from '../../application/statistics/figures.ts'
import type { Row } from './schema.ts'

type DayRow = Omit<Row<'daily_stats'>, 'shard'>
type Draft = { -readonly [C in keyof DayRow]: DayRow[C] }

/** How units of work change the figures of days, gathered until their commit. */
export class DayTally {
  readonly #rows = new Map<string, Draft>()

  add(contributions: readonly Contribution[]): void {
    for (const { day, provider, figure, by } of contributions) this.#rowOf(day, provider)[figure] += by
  }

  merge(other: DayTally): void {
    for (const [key, row] of other.#rows) {
      const mine = this.#rows.get(key)
      if (mine === undefined) this.#rows.set(key, { ...row })
      else for (const figure of FIGURES) mine[figure] += row[figure]
    }
  }

  /** What really changes, in the order in which every unit takes these rows. */
  changes(): readonly DayRow[] {
    return [...this.#rows.values()]
      .filter((row) => FIGURES.some((figure: Figure) => row[figure] !== 0))
      .toSorted((a, b) => a.day - b.day || (a.provider < b.provider ? -1 : 1))
  }

  #rowOf(day: number, provider: string): Draft {
    const key = `${day} ${provider}`
    const known = this.#rows.get(key)
    if (known !== undefined) return known
    const row = { day, provider, ...figuresOf(FIGURES, () => 0) }
    this.#rows.set(key, row)
    return row
  }
}
