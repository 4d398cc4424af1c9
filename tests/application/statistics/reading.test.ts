import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { statisticsOfChannels } from '../../../src/application/statistics/channels.ts'
import { type Figures, FLOW, figuresOf, NO_FIGURES } from '../../../src/application/statistics/figures.ts'
import { statisticsOverview } from '../../../src/application/statistics/overview.ts'
import { averageOf, rateOf } from '../../../src/application/statistics/ratios.ts'
import { statisticsOfRefunds } from '../../../src/application/statistics/refund-statistics.ts'
import type { StatisticsReader } from '../../../src/application/statistics/statistics.ts'
import { statisticsTrend } from '../../../src/application/statistics/trend.ts'
import type { Provider } from '../../../src/domain/payment.ts'
import { numberOfDay, parseShanghaiDay } from '../../../src/domain/shanghai-day.ts'

const day = (text: string): number => numberOfDay(parseShanghaiDay(text) ?? expect.fail(`no day: ${text}`))
const figures = (given: Partial<Figures>): Figures => ({ ...NO_FIGURES, ...given })

const statistics = (
  byProvider: Partial<Record<Provider, Partial<Figures>>>,
  byDay: Readonly<Record<string, Partial<Figures>>> = {},
): StatisticsReader => ({
  byProvider: async () =>
    (['alipay', 'wechat', 'points'] as const).flatMap((provider) => {
      const given = byProvider[provider]
      return given === undefined ? [] : [{ provider, figures: figures(given) }]
    }),
  byDay: async () =>
    Object.entries(byDay).map(([text, given]) => ({
      day: day(text),
      flow: figuresOf(FLOW, (figure) => given[figure] ?? 0),
    })),
})

const NOVEMBER = { range: { first: day('2026-11-01'), last: day('2026-11-30') }, provider: undefined }

describe('a rate', () => {
  it.each([
    [0, 0, 0],
    [1, 3, 0.3333],
    [2, 3, 0.6667],
    [1, 20_000, 0.0001],
    [1, 20_001, 0],
    [7, 7, 1],
  ])('of %i in %i is %d', (part, whole, rate) => {
    expect(rateOf(part, whole)).toBe(rate)
  })

  it('has four decimals at most, and lies in the middle of what it may be', () => {
    const any = fc.integer({ min: 1, max: 10 ** 9 }).chain((whole) => fc.tuple(fc.nat(whole), fc.constant(whole)))
    fc.assert(
      fc.property(any, ([part, whole]) => {
        const rate = rateOf(part, whole)
        expect(String(rate)).toMatch(/^[01](\.\d{1,4})?$|^\d(\.\d+)?e-\d$/)
        expect(Math.abs(rate - part / whole)).toBeLessThanOrEqual(0.00005 + Number.EPSILON)
      }),
    )
  })
})

describe('an average', () => {
  it.each([
    [0, 0, 0],
    [5, 2, 3],
    [4, 3, 1],
    [2 ** 51 - 1, 2, 2 ** 50],
  ])('of %i shared by %i is %i', (sum, count, average) => {
    expect(averageOf(sum, count)).toBe(average)
  })
})

describe('the overview', () => {
  it('adds up all providers, and names those that have nothing', async () => {
    const overview = await statisticsOverview({
      statistics: statistics({
        wechat: {
          payments_paid: 2,
          payments_paid_fen: 200,
          payments_refunded: 1,
          payments_refunded_fen: 50,
          payments_closed: 1,
          payments_pending: 6,
          paid: 3,
          paid_ms: 100,
          refunds_success: 1,
          refunds_failed: 2,
          refunds_failed_fen: 9,
        },
        alipay: {
          payments_partially_refunded: 1,
          payments_failed: 2,
          callbacks: 2,
          callbacks_ms: 61_001,
          callbacks_slow: 1,
        },
      }),
    })(NOVEMBER)
    expect(overview).toMatchObject({
      payments: {
        byStatus: {
          paid: { count: 2, amount: 200 },
          failed: { count: 2, amount: 0 },
          pending: { count: 6, amount: 0 },
        },
        byProvider: [
          { provider: 'wechat', count: 10, amount: 250 },
          { provider: 'alipay', count: 3, amount: 0 },
          { provider: 'points', count: 0, amount: 0 },
        ],
      },
      refunds: { byStatus: { failed: { count: 2, amount: 9 }, cancelled: { count: 0, amount: 0 } } },
      successRate: 0.5714,
      refundSuccessRate: 0.3333,
      timeToPaid: { count: 3, averageMs: 33 },
      callbackDelay: { count: 2, averageMs: 30_501, over30sCount: 1 },
    })
  })

  it('is of one provider where that is asked for', async () => {
    const read = statisticsOverview({ statistics: statistics({ wechat: { payments_paid: 2 }, alipay: { paid: 1 } }) })
    const { payments, timeToPaid } = await read({ ...NOVEMBER, provider: 'alipay' })
    expect(payments.byProvider).toEqual([{ provider: 'alipay', count: 0, amount: 0 }])
    expect([payments.byStatus.paid.count, timeToPaid.count]).toEqual([0, 1])
  })
})

describe('the trend', () => {
  const read = statisticsTrend({
    statistics: statistics(
      {},
      {
        '2026-10-30': { paid: 1, paid_fen: 100 },
        '2026-11-01': { paid: 2, paid_fen: 200, returned: 1, returned_fen: 7 },
        '2026-11-02': { paid: 4, paid_fen: 400 },
      },
    ),
  })
  const asked = (from: string, to: string) => ({ range: { first: day(from), last: day(to) }, provider: undefined })
  const point = (period: string, paymentCount: number, amount: number, refundCount = 0, refundAmount = 0) => ({
    period,
    paymentCount,
    amount,
    refundCount,
    refundAmount,
  })

  it('has every day, also those on which nothing moved', async () => {
    expect(await read(asked('2026-10-30', '2026-11-02'), 'day')).toEqual([
      point('2026-10-30', 1, 100),
      point('2026-10-31', 0, 0),
      point('2026-11-01', 2, 200, 1, 7),
      point('2026-11-02', 4, 400),
    ])
  })

  it('has weeks that begin on Monday', async () => {
    expect(await read(asked('2026-10-30', '2026-11-09'), 'week')).toEqual([
      point('2026-10-26', 3, 300, 1, 7),
      point('2026-11-02', 4, 400),
      point('2026-11-09', 0, 0),
    ])
  })

  it('has months, over the end of a year and February', async () => {
    expect(await read(asked('2026-10-30', '2027-03-01'), 'month')).toEqual([
      point('2026-10-01', 1, 100),
      point('2026-11-01', 6, 600, 1, 7),
      point('2026-12-01', 0, 0),
      point('2027-01-01', 0, 0),
      point('2027-02-01', 0, 0),
      point('2027-03-01', 0, 0),
    ])
  })
})

describe('channels and refunds', () => {
  const reader = statistics({
    wechat: { paid: 3, paid_fen: 1000, payments_paid: 3, payments_failed: 1, returned: 2, returned_fen: 301 },
  })

  it('say what came in through each channel', async () => {
    expect(await statisticsOfChannels({ statistics: reader })(NOVEMBER)).toEqual([
      { provider: 'wechat', paymentCount: 3, amount: 1000, averageAmount: 333, successRate: 0.75 },
      { provider: 'alipay', paymentCount: 0, amount: 0, averageAmount: 0, successRate: 0 },
      { provider: 'points', paymentCount: 0, amount: 0, averageAmount: 0, successRate: 0 },
    ])
  })

  it('say how much went back', async () => {
    expect(await statisticsOfRefunds({ statistics: reader })(NOVEMBER)).toEqual({
      refundCount: 2,
      amount: 301,
      averageAmount: 151,
      refundRate: 0.6667,
    })
  })
})
