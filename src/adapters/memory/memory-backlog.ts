import { type BacklogReader, MOST_COUNTED, type Queue } from '../../application/backlog.ts'
import type { BrokerQueueReader } from '../../application/broker/broker-queue.ts'
import type { IncidentReader } from '../../application/incidents/incident-repository.ts'
import type { EventReader } from '../../application/outbox.ts'
import type { Versioned } from '../../application/versioned.ts'
import type { AlertDelivery } from '../../domain/alert-delivery.ts'
import type { Payment } from '../../domain/payment.ts'
import type { Refund } from '../../domain/refund.ts'
import type { WebhookDelivery } from '../../domain/webhook-delivery.ts'
import type { WebhookEndpoint } from '../../domain/webhook-endpoint.ts'
import type { DueRow } from './due-times.ts'
import type { Rows } from './table.ts'

type Parts = {
  readonly payments: Rows<Versioned<Payment>>
  readonly paymentDues: Rows<DueRow>
  readonly refunds: Rows<{ readonly refund: Versioned<Refund>; readonly dueAt: Date | undefined }>
  readonly events: EventReader
  readonly endpoints: Rows<Versioned<WebhookEndpoint>>
  readonly deliveries: Rows<Versioned<WebhookDelivery>>
  readonly brokerQueue: BrokerQueueReader
  readonly orderDues: Rows<DueRow>
  readonly alertDeliveries: Rows<Versioned<AlertDelivery>>
  readonly discrepancyDues: Rows<DueRow>
  readonly incidents: Pick<IncidentReader, 'listOpen'>
}

export const memoryBacklog = (parts: Parts): BacklogReader => ({
  async read() {
    const asked = new Set(parts.paymentDues.where(({ attempts }) => attempts > 0).map(({ id }) => id))
    const pending = parts.payments.where(({ value }) => value.status === 'pending' && asked.has(value.id))
    const underWay = parts.refunds.where(({ refund }) => refund.value.status === 'processing')
    const enabled = new Set(
      parts.endpoints.where(({ value }) => value.status === 'enabled').map(({ value }) => value.id),
    )
    const deliveries = parts.deliveries
      .where(({ value }) => value.status === 'due' && enabled.has(value.endpointId))
      .map(({ value }) => value)
    const incidents = await parts.incidents.listOpen(MOST_COUNTED)
    return {
      waiting: {
        payments: queueOf(pending.map(({ value }) => value.createdAt)),
        refunds: queueOf(underWay.map(({ refund }) => refund.value.createdAt)),
        events: queueOf((await parts.events.pending(MOST_COUNTED)).map(({ createdAt }) => createdAt)),
        webhooks: queueOf(deliveries.map(({ createdAt }) => createdAt)),
        broker: queueOf((await parts.brokerQueue.oldest(MOST_COUNTED)).map(({ queuedAt }) => queuedAt)),
      },
      nextDueAt: {
        expiry: earliest(dueTimes(parts.orderDues)),
        recovery: earliest(dueTimes(parts.paymentDues)),
        refunds: earliest(underWay.flatMap(({ dueAt }) => dueAt ?? [])),
        webhooks: earliest(deliveries.flatMap((one) => ('dueAt' in one ? one.dueAt : []))),
        alerts: earliest(
          parts.alertDeliveries.where(() => true).flatMap(({ value }) => ('dueAt' in value ? value.dueAt : [])),
        ),
        discrepancies: earliest(dueTimes(parts.discrepancyDues)),
      },
      incidents: new Map([...Map.groupBy(incidents, ({ kind }) => kind)].map(([kind, same]) => [kind, same.length])),
    }
  },
})

const queueOf = (times: readonly Date[]): Queue => ({
  count: Math.min(times.length, MOST_COUNTED),
  oldestAt: earliest(times),
})

const dueTimes = (dues: Rows<DueRow>): readonly Date[] => dues.where(() => true).flatMap(({ dueAt }) => dueAt ?? [])

const earliest = (times: readonly Date[]): Date | undefined =>
  times.length === 0 ? undefined : new Date(Math.min(...times.map((time) => time.getTime())))
