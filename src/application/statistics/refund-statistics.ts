import { type Fen, fen } from '../../domain/money.ts'
import { addFigures } from './figures.ts'
import { averageOf, rateOf } from './ratios.ts'
import { figuresOfAsked, type StatisticsQuery } from './statistics-query.ts'
import type { StatisticsReader } from './statistics.ts'

/** What went back in the time; the rate is that of refunds to payments of the same time. */
export type RefundStatistics = {
  readonly refundCount: number
  readonly amount: Fen
  readonly averageAmount: Fen
  readonly refundRate: number
}

/** How much goes back. */
export const statisticsOfRefunds =
  ({ statistics }: { readonly statistics: StatisticsReader }) =>
  async (asked: StatisticsQuery): Promise<RefundStatistics> => {
    const all = addFigures((await figuresOfAsked(statistics, asked)).map(({ figures }) => figures))
    return {
      refundCount: all.returned,
      amount: fen(all.returned_fen),
      averageAmount: fen(averageOf(all.returned_fen, all.returned)),
      refundRate: rateOf(all.returned, all.paid),
    }
  }
