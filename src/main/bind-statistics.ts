import type { Container } from 'inversify'
import type { Store } from '../adapters/persistence/store.ts'
import { statisticsOfChannels } from '../application/statistics/channels.ts'
import type { Clock } from '../application/clock.ts'
import { keepStatistics } from '../application/statistics/keep-statistics.ts'
import { statisticsOverview } from '../application/statistics/overview.ts'
import { statisticsOfRefunds } from '../application/statistics/refund-statistics.ts'
import { statisticsTrend } from '../application/statistics/trend.ts'
import { tokens } from './tokens.ts'

/** The numbers an owner wants to see, and what keeps them right. */
export const bindStatistics = (container: Container): void => {
  container
    .bind(tokens.statisticsOverview)
    .toResolvedValue(({ statistics }: Store) => statisticsOverview({ statistics }), [tokens.store])
  container
    .bind(tokens.statisticsTrend)
    .toResolvedValue(({ statistics }: Store) => statisticsTrend({ statistics }), [tokens.store])
  container
    .bind(tokens.statisticsOfChannels)
    .toResolvedValue(({ statistics }: Store) => statisticsOfChannels({ statistics }), [tokens.store])
  container
    .bind(tokens.statisticsOfRefunds)
    .toResolvedValue(({ statistics }: Store) => statisticsOfRefunds({ statistics }), [tokens.store])
  container
    .bind(tokens.keepStatistics)
    .toResolvedValue(
      ({ statistics }: Store, clock: Clock) => keepStatistics({ statistics, clock }),
      [tokens.store, tokens.clock],
    )
}
