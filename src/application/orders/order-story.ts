import type { FulfilmentRecord } from '../../domain/fulfilment.ts'
import type { Incident } from '../../domain/incident.ts'
import type { Order } from '../../domain/order.ts'
import type { Payment } from '../../domain/payment.ts'
import type { Refund } from '../../domain/refund.ts'
import type { RiskDecision } from '../../domain/risk.ts'
import type { WebhookDelivery } from '../../domain/webhook-delivery.ts'
import type { NotificationEntry } from '../notifications/notification-log.ts'
import type { StoredEvent } from '../outbox.ts'
import type { Readers } from '../transaction.ts'
import type { Versioned } from '../versioned.ts'

/** Everything there is about one order, each part the oldest first. */
export type OrderStory = {
  readonly order: Versioned<Order>
  readonly payments: readonly Versioned<Payment>[]
  readonly refunds: readonly Versioned<Refund>[]
  readonly notifications: readonly NotificationEntry[]
  readonly fulfilments: readonly FulfilmentRecord[]
  readonly incidents: readonly Incident[]
  readonly webhookDeliveries: readonly Versioned<WebhookDelivery>[]
  /** The first hundred. */
  readonly riskDecisions: readonly RiskDecision[]
  readonly events: readonly StoredEvent[]
}

/** An order ends long before it has been judged so often. */
const DECISIONS = 100

/** Reads an order's whole story; the parts are read side by side, so one may be a moment ahead of another. */
export const orderStory =
  ({ readers }: { readonly readers: Readers }) =>
  async (orderId: string): Promise<OrderStory | undefined> => {
    const [order, payments, refunds, notifications, fulfilments, incidents, webhookDeliveries, riskDecisions, events] =
      await Promise.all([
        readers.orders.find(orderId),
        readers.payments.listByOrder(orderId),
        readers.refunds.listByOrder(orderId),
        readers.notifications.listByOrder(orderId),
        readers.fulfilments.listByOrder(orderId),
        readers.incidents.listByOrder(orderId),
        readers.webhookDeliveries.deliveriesOfOrder(orderId),
        readers.riskDecisions.listByOrder(orderId, DECISIONS),
        readers.events.eventsOf(orderId),
      ])
    const others = { fulfilments, incidents, webhookDeliveries, riskDecisions, events }
    return order && { order, payments, refunds, notifications, ...others }
  }
