import type { Alert } from '../../domain/alert.ts'
import type { AccessCode } from '../../domain/access-code.ts'
import type { Entitlement } from '../../domain/entitlement.ts'
import type { DomainEvent } from '../../domain/event.ts'
import type { Order } from '../../domain/order.ts'
import type { Payment } from '../../domain/payment.ts'
import type { ReconciliationRun } from '../../domain/reconciliation.ts'
import type { Refund } from '../../domain/refund.ts'
import { WEBHOOK_EVENT_TYPES, type WebhookEventType } from '../../domain/webhook-endpoint.ts'
import type { Repositories } from '../transaction.ts'
import type { Versioned } from '../versioned.ts'

type TypeOf<P extends string> = Extract<WebhookEventType, `${P}.${string}`>

/** An event of the public catalogue with what it is about, as that stands when the event is handed on. */
export type PublicEvent = { readonly at: Date } & (
  | { readonly type: TypeOf<'order'>; readonly order: Versioned<Order> }
  | { readonly type: TypeOf<'payment'>; readonly payment: Versioned<Payment> }
  | { readonly type: TypeOf<'refund'>; readonly refund: Versioned<Refund> }
  | { readonly type: TypeOf<'access_code'>; readonly code: AccessCode }
  | { readonly type: TypeOf<'access'>; readonly entitlement: Entitlement }
  | { readonly type: TypeOf<'points'>; readonly userId: string; readonly points: number }
  | { readonly type: TypeOf<'reconciliation'>; readonly run: ReconciliationRun }
  | { readonly type: TypeOf<'alert'>; readonly alert: Alert }
)

export type NamedEvent = Extract<DomainEvent, { type: WebhookEventType }>

/** Whether the world outside is told of it. */
export const isPublic = (event: DomainEvent): event is NamedEvent =>
  WEBHOOK_EVENT_TYPES.some((type) => type === event.type)

type Read = Pick<
  Repositories,
  'orders' | 'payments' | 'refunds' | 'accessCodes' | 'entitlements' | 'reconciliations' | 'alerts'
>

/** Looks up what an event is about. */
export const publicEventOf = async (repositories: Read, event: NamedEvent): Promise<PublicEvent> => {
  const { type, at } = event
  switch (type) {
    case 'order.paid':
    case 'order.cancelled':
    case 'order.expired':
    case 'order.refunded':
      return { type, at, order: there(await repositories.orders.find(event.orderId), type) }
    case 'payment.succeeded':
    case 'payment.failed':
    case 'payment.closed':
      return { type, at, payment: there(await repositories.payments.find(event.paymentId), type) }
    case 'refund.succeeded':
    case 'refund.failed':
      return { type, at, refund: there(await repositories.refunds.find(event.refundNo), type) }
    case 'access_code.issued':
      return { type, at, code: there(await repositories.accessCodes.find(event.codeId), type).value }
    case 'access.granted':
      return { type, at, entitlement: there(await repositories.entitlements.find(event.entitlementId), type) }
    case 'points.credited':
      return { type, at, userId: event.userId, points: event.points }
    case 'reconciliation.completed':
      return { type, at, run: there(await repositories.reconciliations.find(event.runId), type).value }
    case 'alert.raised':
      return { type, at, alert: there(await repositories.alerts.find(event.alertId), type) }
  }
}

/** Nothing is ever deleted that an event speaks of. */
const there = <T>(found: T | undefined, type: WebhookEventType): T => {
  if (found === undefined) throw new Error(`an event ${type} of something that is not there`)
  return found
}
