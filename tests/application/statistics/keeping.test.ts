import { describe, expect, it } from 'vitest'
import { fixedClock } from '../../../src/adapters/memory/fixed-clock.ts'
import { countDaysAnew } from '../../../src/application/statistics/count-days.ts'
import { keepStatistics } from '../../../src/application/statistics/keep-statistics.ts'
import type { DayRange, FirstCount, StatisticsKeeper } from '../../../src/application/statistics/statistics.ts'
import { dayNumberOf } from '../../../src/domain/shanghai-day.ts'
import { minute } from '../../support/builders.ts'

const DAY_MS = 86_400_000
const TODAY = dayNumberOf(minute(0))

/** Keeps no figures, only what it was asked. */
const recorder = (span: DayRange | undefined, wrong: readonly number[] = []) => {
  const recounted: number[] = []
  let first: FirstCount = { status: 'not_begun' }
  const keeper: StatisticsKeeper = {
    span: async () => span,
    async recount(day) {
      recounted.push(day)
      return wrong.includes(day)
    },
    firstCount: async () => first,
    async advanceFirstCount(nextDay) {
      first = { status: 'under_way', nextDay }
    },
    async completeFirstCount() {
      first = { status: 'complete' }
    },
  }
  return { keeper, first: () => first, taken: () => recounted.splice(0) }
}

const days = (first: number, last: number): readonly number[] =>
  Array.from({ length: last - first + 1 }, (_, n) => first + n)

describe('keeping statistics', () => {
  it('counts the days from before, some in each turn, and then yesterday once a day', async () => {
    const { keeper, first, taken } = recorder({ first: TODAY - 14, last: TODAY + 1 })
    const clock = fixedClock({ at: minute(0) })
    const turn = keepStatistics({ statistics: keeper, clock })
    await turn()
    expect([taken(), first()]).toEqual([days(TODAY - 14, TODAY - 5), { status: 'under_way', nextDay: TODAY - 4 }])
    await turn()
    expect([taken(), first()]).toEqual([days(TODAY - 4, TODAY + 1), { status: 'complete' }])
    await turn()
    await turn()
    expect(taken()).toEqual([TODAY - 1])
    clock.advance(DAY_MS)
    await turn()
    await turn()
    expect(taken()).toEqual([TODAY])
  })

  it('goes on where another process left off', async () => {
    const { keeper, first, taken } = recorder({ first: TODAY - 14, last: TODAY })
    const clock = fixedClock({ at: minute(0) })
    await keepStatistics({ statistics: keeper, clock })()
    taken()
    await keepStatistics({ statistics: keeper, clock })()
    expect([taken(), first().status]).toEqual([days(TODAY - 4, TODAY), 'complete'])
  })

  it('is complete at once in empty books', async () => {
    const { keeper, first } = recorder(undefined)
    await keepStatistics({ statistics: keeper, clock: fixedClock({ at: minute(0) }) })()
    expect(first()).toEqual({ status: 'complete' })
  })
})

describe('counting days anew', () => {
  const clock = fixedClock({ at: minute(0) })

  it('takes the whole books where nothing is said, and tells of each day', async () => {
    const { keeper, first, taken } = recorder({ first: TODAY - 2, last: TODAY - 1 }, [TODAY - 1])
    const told: string[] = []
    const count = countDaysAnew({ statistics: keeper, clock })
    const counted = await count({ first: undefined, last: undefined }, (done, total) => told.push(`${done}/${total}`))
    expect(counted).toEqual({ days: 3, differed: ['2026-02-28'] })
    expect([taken(), told, first()]).toEqual([
      days(TODAY - 2, TODAY),
      ['0/3', '1/3', '2/3', '3/3'],
      { status: 'complete' },
    ])
  })

  it('of some days only is no first count', async () => {
    const { keeper, first, taken } = recorder({ first: TODAY - 9, last: TODAY })
    const count = countDaysAnew({ statistics: keeper, clock })
    await count({ first: TODAY - 3, last: TODAY - 2 }, () => {})
    expect([taken(), first()]).toEqual([[TODAY - 3, TODAY - 2], { status: 'not_begun' }])
    expect(await count({ first: TODAY + 5, last: undefined }, () => {})).toEqual({ days: 0, differed: [] })
  })
})
