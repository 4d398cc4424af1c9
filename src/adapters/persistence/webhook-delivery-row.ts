import type { Versioned } from '../../application/versioned.ts'
import type {
  DeliveryAttempt,
  WebhookDelivery,
  WebhookDeliveryFacts,
  WebhookDeliveryStatus,
} from '../../domain/webhook-delivery.ts'
import { WEBHOOK_EVENT_TYPES } from '../../domain/webhook-endpoint.ts'
import { present, toColumn, toDate, toOptional, toOptionalDate, toTimeColumn, wordOf, wordsOf } from './row-values.ts'
import type { Row } from './schema.ts'

/** The columns that change with the delivery's state. */
export type DeliveryStateRow = Pick<
  Row<'webhook_deliveries'>,
  'status' | 'attempts' | 'failures' | 'due_at' | 'last_attempt_at' | 'last_status_code' | 'last_error'
>

export const DELIVERY_STATUSES = wordsOf<WebhookDeliveryStatus>({ due: true, delivered: true, parked: true })

export const toDeliveryRow = (delivery: WebhookDelivery): Row<'webhook_deliveries'> => ({
  id: delivery.id,
  endpoint_id: delivery.endpointId,
  event_id: delivery.eventId,
  type: delivery.type,
  stream: delivery.stream,
  seq: delivery.seq,
  body: delivery.body,
  ...toDeliveryState(delivery),
  created_at: delivery.createdAt.getTime(),
  updated_at: delivery.createdAt.getTime(),
  version: 1,
})

export const toDeliveryState = (delivery: WebhookDelivery): DeliveryStateRow => {
  const { status, attempts, lastAttempt } = delivery
  const attempt = {
    last_attempt_at: toTimeColumn(lastAttempt?.at),
    last_status_code: toColumn(lastAttempt?.statusCode),
    last_error: toColumn(lastAttempt?.error),
  }
  switch (status) {
    case 'due':
      return { status, attempts, failures: delivery.failures, due_at: delivery.dueAt.getTime(), ...attempt }
    case 'delivered':
    case 'parked':
      return { status, attempts, failures: 0, due_at: null, ...attempt }
  }
}

export const toDelivery = (row: Row<'webhook_deliveries'>): Versioned<WebhookDelivery> => ({
  value: inState(row, {
    id: row.id,
    endpointId: row.endpoint_id,
    eventId: row.event_id,
    type: wordOf(WEBHOOK_EVENT_TYPES, row.type),
    stream: row.stream,
    seq: row.seq,
    body: row.body,
    createdAt: toDate(row.created_at),
  }),
  version: row.version,
  updatedAt: toDate(row.updated_at),
})

const inState = (row: Row<'webhook_deliveries'>, facts: WebhookDeliveryFacts): WebhookDelivery => {
  const status = wordOf(DELIVERY_STATUSES, row.status)
  const { attempts, failures } = row
  const lastAttempt = toAttempt(row)
  switch (status) {
    case 'due':
      return { ...facts, status, attempts, failures, dueAt: toDate(present(row.due_at, 'due_at')), lastAttempt }
    case 'delivered':
      return { ...facts, status, attempts, lastAttempt: present(lastAttempt ?? null, 'last_attempt_at') }
    case 'parked':
      return { ...facts, status, attempts, lastAttempt }
  }
}

const toAttempt = (row: Row<'webhook_deliveries'>): DeliveryAttempt | undefined => {
  const at = toOptionalDate(row.last_attempt_at)
  return at && { at, statusCode: toOptional(row.last_status_code), error: toOptional(row.last_error) }
}
