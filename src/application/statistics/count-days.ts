import { dayNumbered, dayNumberOf, type ShanghaiDay } from '../../domain/shanghai-day.ts'
import type { Clock } from '../clock.ts'
import type { StatisticsKeeper } from './statistics.ts'

type Deps = { readonly statistics: StatisticsKeeper; readonly clock: Clock }

/** Without an end: the whole books on that side. */
export type DaysToCount = { readonly first: number | undefined; readonly last: number | undefined }

export type CountedDays = {
  readonly days: number
  /** Those whose figures had been wrong; they are right now. */
  readonly differed: readonly ShanghaiDay[]
}

/** Counts days anew from the books, one after another, while everything goes on. */
export const countDaysAnew =
  ({ statistics, clock }: Deps) =>
  async (asked: DaysToCount, onDay: (done: number, total: number) => void): Promise<CountedDays> => {
    const today = dayNumberOf(clock.now())
    const { first: oldest, last: newest } = (await statistics.span()) ?? { first: today, last: today }
    const { first = oldest, last = Math.max(newest, today) } = asked
    const total = Math.max(0, last - first + 1)
    const differed: ShanghaiDay[] = []
    onDay(0, total)
    for (let day = first; day <= last; day += 1) {
      if (await statistics.recount(day)) differed.push(dayNumbered(day))
      onDay(day - first + 1, total)
    }
    if (first <= oldest && last >= newest) await statistics.completeFirstCount()
    return { days: total, differed }
  }
