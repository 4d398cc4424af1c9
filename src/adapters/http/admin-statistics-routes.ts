import { z } from 'zod'
import { TREND_PERIODS } from '../../application/statistics/trend.ts'
import { API } from './base-path.ts'
import type { HttpDeps } from './deps.ts'
import { dataOf } from './envelope.ts'
import { jsonRoute } from './json-route.ts'
import type { Route } from './route.ts'
import {
  channelJson,
  channelSchema,
  overviewJson,
  overviewSchema,
  refundStatisticsJson,
  refundStatisticsSchema,
  trendPointJson,
  trendPointSchema,
} from './statistics-json.ts'
import { statisticsFields, statisticsQuery } from './statistics-query.ts'

const tag = '统计'
const path = `${API}/admin/stats`

/** The numbers an owner wants to see, by days of Shanghai. */
export const adminStatisticsRoutes = (deps: HttpDeps): readonly Route[] => [
  overviewRoute(deps),
  trendRoute(deps),
  channelsRoute(deps),
  refundsRoute(deps),
]

const overviewRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'GET',
    path: `${path}/overview`,
    access: 'admin',
    permission: 'statistics.read',
    tag,
    summary: '支付与退款总览；默认最近 30 天，最长 5 年',
    query: z.strictObject(statisticsFields),
    answer: dataOf(overviewSchema),
    handle: async ({ query }) =>
      statisticsQuery(query, deps.clock.now()).asyncMap(async (asked) => ({
        data: overviewJson(await deps.statisticsOverview(asked)),
      })),
  })

const trendRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'GET',
    path: `${path}/trend`,
    access: 'admin',
    permission: 'statistics.read',
    tag,
    summary: '收款与退款走势，按日、周或月；默认最近 30 天，最长 5 年',
    query: z.strictObject({ ...statisticsFields, period: z.enum(TREND_PERIODS).default('day') }),
    answer: dataOf(z.array(trendPointSchema)),
    handle: async ({ query }) =>
      statisticsQuery(query, deps.clock.now()).asyncMap(async (asked) => ({
        data: (await deps.statisticsTrend(asked, query.period)).map(trendPointJson),
      })),
  })

const channelsRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'GET',
    path: `${path}/channels`,
    access: 'admin',
    permission: 'statistics.read',
    tag,
    summary: '各支付渠道的收款；默认最近 30 天，最长 5 年',
    query: z.strictObject(statisticsFields),
    answer: dataOf(z.array(channelSchema)),
    handle: async ({ query }) =>
      statisticsQuery(query, deps.clock.now()).asyncMap(async (asked) => ({
        data: (await deps.statisticsOfChannels(asked)).map(channelJson),
      })),
  })

const refundsRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'GET',
    path: `${path}/refunds`,
    access: 'admin',
    permission: 'statistics.read',
    tag,
    summary: '退款统计；默认最近 30 天，最长 5 年',
    query: z.strictObject(statisticsFields),
    answer: dataOf(refundStatisticsSchema),
    handle: async ({ query }) =>
      statisticsQuery(query, deps.clock.now()).asyncMap(async (asked) => ({
        data: refundStatisticsJson(await deps.statisticsOfRefunds(asked)),
      })),
  })
