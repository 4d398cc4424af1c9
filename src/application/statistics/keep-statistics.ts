import { dayNumberOf } from '../../domain/shanghai-day.ts'
import type { Clock } from '../clock.ts'
import type { StatisticsKeeper } from './statistics.ts'

type Deps = { readonly statistics: StatisticsKeeper; readonly clock: Clock }

/** So many days in a turn, after which others have theirs and a process may end. */
const DAYS_A_TURN = 10

/**
 * One turn of the work that nobody asks for: counts the days from before statistics were kept, some at a time, and after
 * that each day anew once it is over, in case a process of an older version wrote on it. Gives the number of days.
 */
export const keepStatistics = ({ statistics, clock }: Deps): (() => Promise<number>) => {
  let isComplete = false
  let recounted: number | undefined
  return async () => {
    if (!isComplete) {
      const counted = await countOldDays({ statistics, clock })
      isComplete = counted === 0
      if (!isComplete) return counted
    }
    const yesterday = dayNumberOf(clock.now()) - 1
    if (recounted === yesterday) return 0
    await statistics.recount(yesterday)
    recounted = yesterday
    return 1
  }
}

const countOldDays = async ({ statistics, clock }: Deps): Promise<number> => {
  const count = await statistics.firstCount()
  if (count.status === 'complete') return 0
  const today = dayNumberOf(clock.now())
  const span = await statistics.span()
  const first = count.status === 'under_way' ? count.nextDay : (span?.first ?? today)
  const last = Math.min(Math.max(span?.last ?? today, today), first + DAYS_A_TURN - 1)
  for (let day = first; day <= last; day += 1) await statistics.recount(day)
  if (last >= Math.max(span?.last ?? today, today)) await statistics.completeFirstCount()
  else await statistics.advanceFirstCount(last + 1)
  return Math.max(0, last - first + 1)
}
