import type { Versioned } from '../../application/versioned.ts'
import type {
  WebhookDeliveryReader,
  WebhookDeliveryRepository,
} from '../../application/webhooks/webhook-delivery-repository.ts'
import type {
  WebhookEndpointReader,
  WebhookEndpointRepository,
} from '../../application/webhooks/webhook-endpoint-repository.ts'
import type { DueDelivery, WebhookDelivery } from '../../domain/webhook-delivery.ts'
import type { WebhookEndpoint } from '../../domain/webhook-endpoint.ts'
import { createTable, type Draft, insertOnce, joined, type Rows } from './table.ts'
import { type Age, firstVersion, oldestFirst, pageOf, replaceVersion } from './versioned-rows.ts'

type EndpointRow = Versioned<WebhookEndpoint>
type DeliveryRow = Versioned<WebhookDelivery>

export const endpointTable = () => createTable<EndpointRow>(({ value }) => value.id)
export const deliveryTable = () =>
  createTable<DeliveryRow>(({ value }) => value.id, {
    event: ({ value }) => joined(value.endpointId, value.eventId),
  })

export const endpointReader = (endpoints: Rows<EndpointRow>): WebhookEndpointReader => ({
  find: async (id) => endpoints.get(id),
  list: async () =>
    oldestFirst(
      endpoints.where(({ value }) => value.status !== 'deleted'),
      ({ value }) => value,
    ),
})

export const endpointRepository = (endpoints: Draft<EndpointRow>): WebhookEndpointRepository => ({
  ...endpointReader(endpoints),
  insert: async (endpoint) => insertOnce(endpoints, firstVersion(endpoint, endpoint.createdAt)),
  replace: async (before, after, at) => replaceVersion(endpoints, after.id, before, after, at),
})

export const deliveryReader = (deliveries: Rows<DeliveryRow>, endpoints: Rows<EndpointRow>): WebhookDeliveryReader => ({
  find: async (id) => deliveries.get(id),
  deliveriesOfOrder: async (orderId) => inStreamOrder(deliveries.where(({ value }) => value.stream === orderId)),
  list: async ({ endpointId, status }, page) =>
    pageOf(
      deliveries.where(
        ({ value }) => value.endpointId === endpointId && (status === undefined || value.status === status),
      ),
      page,
      ({ value }) => value,
    ),
  async endpointsDue(now) {
    const due = new Set(deliveries.where(({ value }) => isDue(value, now)).map(({ value }) => value.endpointId))
    return endpoints.where(({ value }) => value.status !== 'disabled' && due.has(value.id)).map(({ value }) => value.id)
  },
})

export const deliveryRepository = (
  deliveries: Draft<DeliveryRow>,
  endpoints: Draft<EndpointRow>,
): WebhookDeliveryRepository => {
  /** The one of its stream that goes out before all others. */
  const headOf = ({ endpointId, stream }: WebhookDelivery): Versioned<DueDelivery> | undefined =>
    inStreamOrder(
      deliveries
        .where(({ value }) => value.endpointId === endpointId && value.stream === stream)
        .flatMap(({ value, ...rest }) => (value.status === 'due' ? [{ ...rest, value }] : [])),
    )[0]
  const move = ({ value, version, updatedAt }: Versioned<DueDelivery>, dueAt: Date): Versioned<DueDelivery> => {
    const moved = { value: { ...value, dueAt }, version: version + 1, updatedAt }
    deliveries.put(moved)
    return moved
  }
  const postpone = (id: string, until: Date): void => {
    const row = deliveries.get(id)
    if (row?.value.status === 'due') move({ ...row, value: row.value }, until)
  }
  return {
    ...deliveryReader(deliveries, endpoints),
    async insert(delivery) {
      if (deliveries.getBy('event', joined(delivery.endpointId, delivery.eventId)) !== undefined) return false
      insertOnce(deliveries, firstVersion<WebhookDelivery>(delivery, delivery.createdAt))
      return true
    },
    async replace(before, after, at) {
      if (!replaceVersion(deliveries, after.id, before, after, at)) return false
      const next = after.status === 'due' ? undefined : headOf(after)
      if (next !== undefined) move(next, at)
      return true
    },
    async claimDue({ endpointId, now, leaseUntil, limit }) {
      const due = deliveries.where(({ value }) => value.endpointId === endpointId && isDue(value, now))
      const claimed: Versioned<DueDelivery>[] = []
      for (const { value } of oldestFirst(due, dueAge)) {
        if (claimed.length === limit) break
        const head = headOf(value)
        const isItsTurn = head !== undefined && isDue(head.value, now)
        if (isItsTurn) claimed.push(move(head, leaseUntil))
        if (head !== undefined && head.value.id !== value.id)
          postpone(value.id, isItsTurn ? leaseUntil : head.value.dueAt)
      }
      return claimed
    },
  }
}

const isDue = (delivery: WebhookDelivery, now: Date): boolean => delivery.status === 'due' && delivery.dueAt <= now

const inStreamOrder = <D extends WebhookDelivery>(rows: readonly Versioned<D>[]): Versioned<D>[] =>
  rows.toSorted(
    ({ value: a }, { value: b }) =>
      a.seq - b.seq || (a.endpointId < b.endpointId ? -1 : Number(a.endpointId > b.endpointId)),
  )

/** Longest due first. */
const dueAge: Age<DeliveryRow> = ({ value }) => ({
  createdAt: value.status === 'due' ? value.dueAt : value.createdAt,
  id: value.id,
})
