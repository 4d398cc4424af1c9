import { type Fen, fen } from '../../domain/money.ts'
import type { Provider } from '../../domain/payment.ts'
import { successRateOf } from './overview.ts'
import { averageOf } from './ratios.ts'
import { figuresOfAsked, type StatisticsQuery } from './statistics-query.ts'
import type { StatisticsReader } from './statistics.ts'

/** What came in through one provider: by the day of paying, and its success rate by the day the payment was made. */
export type ChannelStatistics = {
  readonly provider: Provider
  readonly paymentCount: number
  readonly amount: Fen
  readonly averageAmount: Fen
  readonly successRate: number
}

/** The providers side by side. */
export const statisticsOfChannels =
  ({ statistics }: { readonly statistics: StatisticsReader }) =>
  async (asked: StatisticsQuery): Promise<readonly ChannelStatistics[]> =>
    (await figuresOfAsked(statistics, asked)).map(({ provider, figures }) => ({
      provider,
      paymentCount: figures.paid,
      amount: fen(figures.paid_fen),
      averageAmount: fen(averageOf(figures.paid_fen, figures.paid)),
      successRate: successRateOf(figures),
    }))
