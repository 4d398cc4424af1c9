import type {
  AlertDeliveryReader,
  AlertDeliveryRepository,
} from '../../application/alerts/alert-delivery-repository.ts'
import type { Versioned } from '../../application/versioned.ts'
import type { AlertDelivery, DueAlertDelivery } from '../../domain/alert-delivery.ts'
import { createTable, type Draft, insertOnce, joined, type Rows } from './table.ts'
import { firstVersion, oldestFirst, replaceVersion } from './versioned-rows.ts'

type DeliveryRow = Versioned<AlertDelivery>

export const alertDeliveryTable = () =>
  createTable<DeliveryRow>(({ value }) => value.id, { event: ({ value }) => joined(value.eventId, value.channel) })

export const alertDeliveryReader = (deliveries: Rows<DeliveryRow>): AlertDeliveryReader => ({
  async listByAlert(alertId) {
    const found = oldestFirst(
      deliveries.where(({ value }) => value.alertId === alertId),
      ({ value }) => value,
    )
    return found.toSorted(({ value: a }, { value: b }) => (a.channel < b.channel ? -1 : Number(a.channel > b.channel)))
  },
  channelsDue: async (now) => [
    ...new Set(deliveries.where(({ value }) => isDue(value, now)).map(({ value }) => value.channel)),
  ],
})

export const alertDeliveryRepository = (deliveries: Draft<DeliveryRow>): AlertDeliveryRepository => ({
  ...alertDeliveryReader(deliveries),
  async insert(delivery) {
    if (deliveries.getBy('event', joined(delivery.eventId, delivery.channel)) !== undefined) return false
    insertOnce(deliveries, firstVersion<AlertDelivery>(delivery, delivery.createdAt))
    return true
  },
  async claim({ channel, dueBy, leaseUntil, limit }) {
    const due = deliveries
      .where(({ value }) => value.channel === channel)
      .flatMap(({ value, ...rest }) => (isDue(value, dueBy) ? [{ ...rest, value }] : []))
    const first = oldestFirst(due, ({ value: { dueAt: createdAt, id } }) => ({ createdAt, id })).slice(0, limit)
    return first.map(({ value, version, updatedAt }) => {
      const leased = { value: { ...value, dueAt: leaseUntil }, version: version + 1, updatedAt }
      deliveries.put(leased)
      return leased
    })
  },
  replace: async (before, after, at) => replaceVersion(deliveries, after.id, before, after, at),
})

const isDue = (delivery: AlertDelivery, by: Date): delivery is DueAlertDelivery =>
  delivery.status === 'due' && delivery.dueAt <= by
