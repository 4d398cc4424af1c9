import { type Fen, fen } from '../../domain/money.ts'
import type { PaymentStatus, Provider } from '../../domain/payment.ts'
import type { RefundStatus } from '../../domain/refund.ts'
import { addFigures, type Figure, type Figures } from './figures.ts'
import { averageOf, rateOf } from './ratios.ts'
import { figuresOfAsked, type StatisticsQuery } from './statistics-query.ts'
import type { StatisticsReader } from './statistics.ts'

export type CountAndAmount = { readonly count: number; readonly amount: Fen }

/** Payments and refunds that were made in the time, by what has become of them. */
export type StatisticsOverview = {
  readonly payments: {
    readonly byStatus: Readonly<Record<PaymentStatus, CountAndAmount>>
    readonly byProvider: readonly (CountAndAmount & { readonly provider: Provider })[]
  }
  readonly refunds: { readonly byStatus: Readonly<Record<RefundStatus, CountAndAmount>> }
  /** Of the payments that came to an end. */
  readonly successRate: number
  readonly refundSuccessRate: number
  readonly timeToPaid: { readonly count: number; readonly averageMs: number }
  readonly callbackDelay: { readonly count: number; readonly averageMs: number; readonly over30sCount: number }
}

/** What there was and what became of it. */
export const statisticsOverview =
  ({ statistics }: { readonly statistics: StatisticsReader }) =>
  async (asked: StatisticsQuery): Promise<StatisticsOverview> => {
    const found = await figuresOfAsked(statistics, asked)
    const all = addFigures(found.map(({ figures }) => figures))
    const refunds = refundsByStatus(all)
    return {
      payments: {
        byStatus: paymentsByStatus(all),
        byProvider: found.map(({ provider, figures }) => ({ provider, ...allPayments(figures) })),
      },
      refunds: { byStatus: refunds },
      successRate: successRateOf(all),
      refundSuccessRate: rateOf(refunds.success.count, refunds.success.count + refunds.failed.count),
      timeToPaid: { count: all.paid, averageMs: averageOf(all.paid_ms, all.paid) },
      callbackDelay: {
        count: all.callbacks,
        averageMs: averageOf(all.callbacks_ms, all.callbacks),
        over30sCount: all.callbacks_slow,
      },
    }
  }

/** How many of the payments that came to an end were paid, whatever went back of them later. */
export const successRateOf = (figures: Figures): number => {
  const succeeded = figures.payments_paid + figures.payments_partially_refunded + figures.payments_refunded
  return rateOf(succeeded, succeeded + figures.payments_failed + figures.payments_closed)
}

const allPayments = (figures: Figures): CountAndAmount => {
  const all = Object.values(paymentsByStatus(figures))
  return {
    count: all.reduce((total, { count }) => total + count, 0),
    amount: fen(all.reduce((total, { amount }) => total + amount, 0)),
  }
}

const paymentsByStatus = (figures: Figures): StatisticsOverview['payments']['byStatus'] => ({
  pending: both(figures, 'payments_pending', 'payments_pending_fen'),
  paid: both(figures, 'payments_paid', 'payments_paid_fen'),
  partially_refunded: both(figures, 'payments_partially_refunded', 'payments_partially_refunded_fen'),
  refunded: both(figures, 'payments_refunded', 'payments_refunded_fen'),
  failed: both(figures, 'payments_failed', 'payments_failed_fen'),
  closed: both(figures, 'payments_closed', 'payments_closed_fen'),
})

const refundsByStatus = (figures: Figures): StatisticsOverview['refunds']['byStatus'] => ({
  pending: both(figures, 'refunds_pending', 'refunds_pending_fen'),
  processing: both(figures, 'refunds_processing', 'refunds_processing_fen'),
  success: both(figures, 'refunds_success', 'refunds_success_fen'),
  failed: both(figures, 'refunds_failed', 'refunds_failed_fen'),
  cancelled: both(figures, 'refunds_cancelled', 'refunds_cancelled_fen'),
})

const both = (figures: Figures, count: Figure, amount: Figure): CountAndAmount => ({
  count: figures[count],
  amount: fen(figures[amount]),
})
