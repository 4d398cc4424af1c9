import { type Fen, fen } from '../../domain/money.ts'
import { dayNumbered, numberOfDay, parseShanghaiDay, type ShanghaiDay } from '../../domain/shanghai-day.ts'
import { FLOW, figuresOf } from './figures.ts'
import type { StatisticsQuery } from './statistics-query.ts'
import type { DayRange, StatisticsReader } from './statistics.ts'

export const TREND_PERIODS = ['day', 'week', 'month'] as const
export type TrendPeriod = (typeof TREND_PERIODS)[number]

/** What moved in one period, named by its first day, of which the time asked about may have only a part. */
export type TrendPoint = {
  readonly period: ShanghaiDay
  readonly paymentCount: number
  readonly amount: Fen
  readonly refundCount: number
  readonly refundAmount: Fen
}

/** What moved from period to period, also where nothing did. */
export const statisticsTrend =
  ({ statistics }: { readonly statistics: StatisticsReader }) =>
  async ({ range, provider }: StatisticsQuery, period: TrendPeriod): Promise<readonly TrendPoint[]> => {
    const days = Map.groupBy(await statistics.byDay(range, provider), ({ day }) => firstDayOf(period, day))
    return periodsOf(period, range).map((first) => {
      const flows = days.get(first) ?? []
      const all = figuresOf(FLOW, (figure) => flows.reduce((total, { flow }) => total + flow[figure], 0))
      return {
        period: dayNumbered(first),
        paymentCount: all.paid,
        amount: fen(all.paid_fen),
        refundCount: all.returned,
        refundAmount: fen(all.returned_fen),
      }
    })
  }

const periodsOf = (period: TrendPeriod, { first, last }: DayRange): readonly number[] => {
  const days = Array.from({ length: last - first + 1 }, (_, n) => firstDayOf(period, first + n))
  return [...new Set(days)]
}

/** Weeks begin on Monday. */
const firstDayOf = (period: TrendPeriod, day: number): number => {
  switch (period) {
    case 'day':
      return day
    case 'week':
      return day - ((((day + FROM_MONDAY) % 7) + 7) % 7)
    case 'month':
      return firstOfMonth(day)
  }
}

/** Day 0 was a Thursday. */
const FROM_MONDAY = 3

const firstOfMonth = (day: number): number => {
  const first = parseShanghaiDay(`${dayNumbered(day).slice(0, 8)}01`)
  return first === undefined ? day : numberOfDay(first) // Every month has a first day.
}
