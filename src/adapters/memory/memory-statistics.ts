import type { NotificationRecord } from '../../application/notifications/notification-log.ts'
import {
  contributionsOfCallback,
  contributionsOfPayment,
  contributionsOfRefund,
} from '../../application/statistics/contributions.ts'
import { type Contribution, FIGURES, type Figure, figuresOf, FLOW } from '../../application/statistics/figures.ts'
import type { DayRange, Statistics } from '../../application/statistics/statistics.ts'
import type { Versioned } from '../../application/versioned.ts'
import { type Payment, PROVIDERS } from '../../domain/payment.ts'
import type { Refund } from '../../domain/refund.ts'
import type { Rows } from './table.ts'

type Books = {
  readonly payments: Rows<Versioned<Payment>>
  readonly refunds: Rows<{ readonly refund: Versioned<Refund> }>
  readonly notifications: Rows<NotificationRecord>
}

/** Keeps no figures: it counts the rows whenever it is asked, so there is nothing to be counted anew. */
export const memoryStatistics = (books: Books): Statistics => {
  const all = (): readonly Contribution[] => [
    ...books.payments.where(() => true).flatMap(({ value }) => contributionsOfPayment(value)),
    ...books.refunds.where(() => true).flatMap(({ refund }) => contributionsOfRefund(refund.value)),
    ...books.notifications.where(() => true).flatMap(contributionsOfCallback),
  ]
  const within = ({ first, last }: DayRange) => all().filter(({ day }) => day >= first && day <= last)
  return {
    byProvider: async (range) =>
      PROVIDERS.map((provider) => ({
        provider,
        figures: sumOf(
          within(range).filter((one) => one.provider === provider),
          FIGURES,
        ),
      })).filter(({ figures }) => isAny(figures)),
    async byDay(range, provider) {
      const own = within(range).filter((one) => provider === undefined || one.provider === provider)
      return [...Map.groupBy(own, ({ day }) => day)]
        .map(([day, contributions]) => ({ day, flow: sumOf(contributions, FLOW) }))
        .filter(({ flow }) => isAny(flow))
        .toSorted((a, b) => a.day - b.day)
    },
    async span() {
      const days = all().map(({ day }) => day)
      return days.length === 0 ? undefined : { first: Math.min(...days), last: Math.max(...days) }
    },
    recount: async () => false,
    firstCount: async () => ({ status: 'complete' }),
    advanceFirstCount: async () => undefined,
    completeFirstCount: async () => undefined,
  }
}

const sumOf = <F extends Figure>(contributions: readonly Contribution[], names: readonly F[]) =>
  figuresOf(names, (figure) => contributions.reduce((total, one) => total + (one.figure === figure ? one.by : 0), 0))

const isAny = (figures: Readonly<Record<string, number>>): boolean =>
  Object.values(figures).some((value) => value !== 0)
