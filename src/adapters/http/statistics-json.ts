import { z } from 'zod'
import type { ChannelStatistics } from '../../application/statistics/channels.ts'
import type { CountAndAmount, StatisticsOverview } from '../../application/statistics/overview.ts'
import type { RefundStatistics } from '../../application/statistics/refund-statistics.ts'
import type { TrendPoint } from '../../application/statistics/trend.ts'
import { formatYuan } from '../../domain/money.ts'
import { PROVIDERS } from '../../domain/payment.ts'
import { moneySchema } from './envelope.ts'

const countSchema = z.int().nonnegative()
const msSchema = z.int().nonnegative().meta({ description: '毫秒' })
const rateSchema = z.number().min(0).max(1).meta({ description: '0 到 1，至多四位小数；没有可比的为 0' })
const leaf = z.strictObject({ count: countSchema, amount: moneySchema })

const leafJson = ({ count, amount }: CountAndAmount): z.output<typeof leaf> => ({ count, amount: formatYuan(amount) })

const paymentsByStatus = z.strictObject({
  pending: leaf,
  paid: leaf,
  partially_refunded: leaf,
  refunded: leaf,
  failed: leaf,
  closed: leaf,
})

const refundsByStatus = z.strictObject({
  pending: leaf,
  processing: leaf,
  success: leaf,
  failed: leaf,
  cancelled: leaf,
})

export const overviewSchema = z
  .strictObject({
    payments: z.strictObject({
      byStatus: paymentsByStatus.meta({ description: '期间创建的支付，按现在的状态' }),
      byProvider: z.partialRecord(z.enum(PROVIDERS), leaf).meta({ description: '期间创建的支付，按渠道' }),
    }),
    refunds: z.strictObject({ byStatus: refundsByStatus.meta({ description: '期间创建的退款，按现在的状态' }) }),
    successRate: rateSchema.meta({ description: '已有结果的支付中付成的比例' }),
    refundSuccessRate: rateSchema.meta({ description: '已有结果的退款中退成的比例' }),
    timeToPaid: z
      .strictObject({ count: countSchema, averageMs: msSchema })
      .meta({ description: '期间付成的支付，从创建到付款' }),
    callbackDelay: z
      .strictObject({ count: countSchema, averageMs: msSchema, over30sCount: countSchema })
      .meta({ description: '期间收到的渠道通知，从所述之事发生到收到' }),
  })
  .meta({ id: 'StatisticsOverview' })

export const overviewJson = (one: StatisticsOverview): z.output<typeof overviewSchema> => {
  const { payments, refunds, successRate, refundSuccessRate, timeToPaid, callbackDelay } = one
  return {
    payments: {
      byStatus: {
        pending: leafJson(payments.byStatus.pending),
        paid: leafJson(payments.byStatus.paid),
        partially_refunded: leafJson(payments.byStatus.partially_refunded),
        refunded: leafJson(payments.byStatus.refunded),
        failed: leafJson(payments.byStatus.failed),
        closed: leafJson(payments.byStatus.closed),
      },
      byProvider: Object.fromEntries(payments.byProvider.map(({ provider, ...rest }) => [provider, leafJson(rest)])),
    },
    refunds: {
      byStatus: {
        pending: leafJson(refunds.byStatus.pending),
        processing: leafJson(refunds.byStatus.processing),
        success: leafJson(refunds.byStatus.success),
        failed: leafJson(refunds.byStatus.failed),
        cancelled: leafJson(refunds.byStatus.cancelled),
      },
    },
    successRate,
    refundSuccessRate,
    timeToPaid,
    callbackDelay,
  }
}

export const trendPointSchema = z
  .strictObject({
    period: z.iso.date().meta({ description: '这一天、周（从周一起）或月的第一天' }),
    paymentCount: countSchema,
    amount: moneySchema,
    refundCount: countSchema,
    refundAmount: moneySchema,
  })
  .meta({ id: 'TrendPoint', description: '按付款与退款成功的日子' })

export const trendPointJson = (one: TrendPoint): z.output<typeof trendPointSchema> => ({
  period: one.period,
  paymentCount: one.paymentCount,
  amount: formatYuan(one.amount),
  refundCount: one.refundCount,
  refundAmount: formatYuan(one.refundAmount),
})

export const channelSchema = z
  .strictObject({
    provider: z.enum(PROVIDERS),
    paymentCount: countSchema,
    amount: moneySchema,
    averageAmount: moneySchema,
    successRate: rateSchema,
  })
  .meta({ id: 'ChannelStatistics', description: '期间付成的支付；成功率按期间创建的支付' })

export const channelJson = (one: ChannelStatistics): z.output<typeof channelSchema> => ({
  provider: one.provider,
  paymentCount: one.paymentCount,
  amount: formatYuan(one.amount),
  averageAmount: formatYuan(one.averageAmount),
  successRate: one.successRate,
})

export const refundStatisticsSchema = z
  .strictObject({
    refundCount: countSchema,
    amount: moneySchema,
    averageAmount: moneySchema,
    refundRate: z
      .number()
      .nonnegative()
      .meta({ description: '期间退款笔数与付成笔数之比，至多四位小数；退的可以是更早付的，故可能大于 1' }),
  })
  .meta({ id: 'RefundStatistics', description: '期间成功的退款' })

export const refundStatisticsJson = (one: RefundStatistics): z.output<typeof refundStatisticsSchema> => ({
  refundCount: one.refundCount,
  amount: formatYuan(one.amount),
  averageAmount: formatYuan(one.averageAmount),
  refundRate: one.refundRate,
})
