import type { AlertFigures, WatchedJob } from '../../application/alerts/alert-figures.ts'
import type { NotificationRecord } from '../../application/notifications/notification-log.ts'
import type { StoredEvent } from '../../application/outbox.ts'
import type { Span } from '../../application/page.ts'
import type { PaymentTransaction } from '../../application/payments/payment-transaction.ts'
import type { Versioned } from '../../application/versioned.ts'
import type { AlertDelivery } from '../../domain/alert-delivery.ts'
import type { Payment } from '../../domain/payment.ts'
import type { Product } from '../../domain/product.ts'
import type { Refund } from '../../domain/refund.ts'
import { availableOf, type Stock } from '../../domain/stock.ts'
import type { WebhookDelivery } from '../../domain/webhook-delivery.ts'
import type { WebhookEndpoint } from '../../domain/webhook-endpoint.ts'
import type { DueRow } from './due-times.ts'
import { productReader } from './memory-orders.ts'
import type { Rows } from './table.ts'

type Committed<R> = { readonly committed: Rows<R> }
type RefundRow = { readonly refund: Versioned<Refund>; readonly dueAt: Date | undefined }

/** The tables that are looked at. */
export type WatchedTables = {
  readonly payments: Committed<Versioned<Payment>>
  readonly refunds: Committed<RefundRow>
  readonly transactions: Committed<PaymentTransaction>
  readonly notifications: Committed<NotificationRecord>
  readonly products: Committed<Versioned<Product>>
  readonly stocks: Committed<Versioned<Stock>>
  readonly webhookEndpoints: Committed<Versioned<WebhookEndpoint>>
  readonly webhookDeliveries: Committed<Versioned<WebhookDelivery>>
  readonly alertDeliveries: Committed<Versioned<AlertDelivery>>
  readonly events: Committed<StoredEvent>
  readonly published: Committed<{ readonly id: string }>
  readonly brokerQueue: Committed<{ readonly message: { readonly queuedAt: Date }; readonly removed: boolean }>
  readonly orderDues: Committed<DueRow>
  readonly paymentDues: Committed<DueRow>
  readonly refundClueDues: Committed<DueRow>
  readonly runDues: Committed<DueRow>
  readonly discrepancyDues: Committed<DueRow>
}

export const memoryAlertFigures = (tables: WatchedTables): AlertFigures => {
  const payments = (test: (payment: Payment) => boolean) =>
    tables.payments.committed.where(({ value }) => test(value)).map(({ value }) => value)
  const refunds = (test: (refund: Refund) => boolean) =>
    tables.refunds.committed.where(({ refund }) => test(refund.value)).map(({ refund }) => refund.value)
  return {
    async paymentStates(provider, made, limit) {
      const own = payments((one) => one.provider === provider && isWithin(made, one.createdAt))
      return newest(own, ({ createdAt }) => createdAt, limit).map(({ status }) => status)
    },
    async refundEnds(provider, ended, limit) {
      const own = refunds((one) => one.provider === provider && isWithin(ended, endOf(one)))
      return newest(own, (one) => endOf(one) ?? one.createdAt, limit).map(({ status }) => status)
    },
    refundsMade: async (made, limit) => Math.min(limit, refunds(({ createdAt }) => isWithin(made, createdAt)).length),
    async callbackDelays(received, limit) {
      const own = tables.notifications.committed.where(({ receivedAt }) => isWithin(received, receivedAt))
      return newest(own, ({ receivedAt }) => receivedAt, limit).flatMap(({ provider, eventAt, receivedAt }) =>
        eventAt === undefined ? [] : [{ provider, delayMs: Math.max(0, receivedAt.getTime() - eventAt.getTime()) }],
      )
    },
    async foundByAsking(provider, paid, limit) {
      const own = tables.transactions.committed.where((one) => one.provider === provider && isWithin(paid, one.paidAt))
      return newest(own, ({ paidAt }) => paidAt, limit).filter(({ source }) => source === 'query').length
    },
    unendedPayments: async (before, limit) =>
      payments(({ status, createdAt, expiresAt }) => status === 'pending' && createdAt < before && expiresAt < before)
        .slice(0, limit)
        .map(({ provider }) => provider),
    unendedRefunds: async (before, limit) =>
      refunds((one) => one.status === 'processing' && !one.abnormal && one.createdAt < before)
        .slice(0, limit)
        .map(({ provider }) => provider),
    async parkedWebhooks(limit) {
      const endpoints = tables.webhookEndpoints.committed.where(({ value }) => value.status !== 'deleted')
      const parked = tables.webhookDeliveries.committed.where(({ value }) => value.status === 'parked')
      return newest(endpoints, ({ value }) => value.createdAt, endpoints.length)
        .map(({ value: { id } }) => ({
          endpointId: id,
          count: Math.min(limit, parked.filter(({ value }) => value.endpointId === id).length),
        }))
        .filter(({ count }) => count > 0)
    },
    async lowStock(most, limit) {
      const products = await productReader(tables.products.committed).listActive()
      const skus = new Set(products.flatMap(({ fulfilment: one }) => (one.type === 'goods' ? [one.sku] : [])))
      return [...skus]
        .map((sku) => ({ sku, available: availableIn(tables.stocks.committed.get(sku)) }))
        .filter(({ available }) => available <= most)
        .slice(0, limit)
    },
    async overdue(job, before, limit) {
      const late = waitingSince(tables, job)
        .filter((at) => at < before)
        .toSorted((a, b) => a.getTime() - b.getTime())
        .slice(0, limit)
      return late[0] && { count: late.length, oldest: late[0] }
    },
  }
}

const availableIn = (stock: Versioned<Stock> | undefined): number =>
  stock === undefined ? 0 : availableOf(stock.value)

const endOf = (refund: Refund): Date | undefined => ('processedAt' in refund ? refund.processedAt : undefined)

const isWithin = ({ from, to }: Span, at: Date | undefined): boolean => at !== undefined && at >= from && at < to

const newest = <R>(rows: readonly R[], timeOf: (row: R) => Date, limit: number): readonly R[] =>
  rows.toSorted((a, b) => timeOf(b).getTime() - timeOf(a).getTime()).slice(0, limit)

/** When each thing that waits became due. */
const waitingSince = (tables: WatchedTables, job: WatchedJob): readonly Date[] => {
  switch (job) {
    case 'orders':
      return timesOf(tables.orderDues)
    case 'payments':
      return timesOf(tables.paymentDues)
    case 'refunds':
      return tables.refunds.committed.where(() => true).flatMap(({ dueAt }) => dueAt ?? [])
    case 'refund_clues':
      return timesOf(tables.refundClueDues)
    case 'reconciliations':
      return timesOf(tables.runDues)
    case 'discrepancies':
      return timesOf(tables.discrepancyDues)
    case 'alert_deliveries':
      return tables.alertDeliveries.committed
        .where(() => true)
        .flatMap(({ value }) => (value.status === 'due' ? [value.dueAt] : []))
    case 'events':
      return tables.events.committed
        .where(({ id }) => tables.published.committed.get(id) === undefined)
        .map(({ createdAt }) => createdAt)
    case 'broker_queue':
      return tables.brokerQueue.committed.where(({ removed }) => !removed).map(({ message }) => message.queuedAt)
  }
}

const timesOf = ({ committed }: Committed<DueRow>): readonly Date[] =>
  committed.where(() => true).flatMap(({ dueAt }) => dueAt ?? [])
