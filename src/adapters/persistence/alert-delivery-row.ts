import type { Versioned } from '../../application/versioned.ts'
import type { AlertDelivery, AlertDeliveryStatus } from '../../domain/alert-delivery.ts'
import { present, toColumn, toDate, toOptional, wordOf, wordsOf } from './row-values.ts'
import type { Row } from './schema.ts'

/** The columns that change with the delivery's state. */
export type AlertDeliveryStateRow = Pick<
  Row<'alert_deliveries'>,
  'status' | 'attempts' | 'error' | 'due_at' | 'ended_at'
>

const NEWS = wordsOf<AlertDelivery['news']>({ raised: true, resolved: true })
const STATUSES = wordsOf<AlertDeliveryStatus>({ due: true, sent: true, dropped: true, parked: true })

export const toAlertDeliveryRow = (delivery: AlertDelivery): Row<'alert_deliveries'> => ({
  id: delivery.id,
  channel: delivery.channel,
  alert_id: delivery.alertId,
  event_id: delivery.eventId,
  news: delivery.news,
  ...toAlertDeliveryState(delivery),
  created_at: delivery.createdAt.getTime(),
  updated_at: delivery.createdAt.getTime(),
  version: 1,
})

export const toAlertDeliveryState = (delivery: AlertDelivery): AlertDeliveryStateRow => ({
  status: delivery.status,
  attempts: delivery.attempts,
  error: toColumn(delivery.error),
  due_at: delivery.status === 'due' ? delivery.dueAt.getTime() : null,
  ended_at: delivery.status === 'due' ? null : delivery.endedAt.getTime(),
})

export const toAlertDelivery = (row: Row<'alert_deliveries'>): Versioned<AlertDelivery> => ({
  value: inState(row),
  version: row.version,
  updatedAt: toDate(row.updated_at),
})

const inState = (row: Row<'alert_deliveries'>): AlertDelivery => {
  const status = wordOf(STATUSES, row.status)
  const essence = {
    id: row.id,
    channel: row.channel,
    alertId: row.alert_id,
    eventId: row.event_id,
    news: wordOf(NEWS, row.news),
    createdAt: toDate(row.created_at),
    attempts: row.attempts,
    error: toOptional(row.error),
  }
  switch (status) {
    case 'due':
      return { ...essence, status, dueAt: toDate(present(row.due_at, 'due_at')) }
    case 'sent':
    case 'dropped':
    case 'parked':
      return { ...essence, status, endedAt: toDate(present(row.ended_at, 'ended_at')) }
  }
}
