import type { AccessCodeDomainEvent } from './access-code.ts'
import type { AlertDomainEvent } from './alert.ts'
import type { EntitlementDomainEvent } from './entitlement.ts'
import type { OrderDomainEvent } from './order.ts'
import type { PaymentDomainEvent } from './payment.ts'
import type { PointsDomainEvent } from './points.ts'
import type { RunDomainEvent } from './reconciliation.ts'
import type { RefundDomainEvent } from './refund.ts'

/** Everything the service announces: facts in the past tense. */
export type DomainEvent =
  | OrderDomainEvent
  | PaymentDomainEvent
  | RefundDomainEvent
  | AccessCodeDomainEvent
  | EntitlementDomainEvent
  | PointsDomainEvent
  | RunDomainEvent
  | AlertDomainEvent

/** What made a state change: a gateway's message, our own question, a client's request, a timer or an operator. */
export type Cause = {
  readonly kind: 'notification' | 'query' | 'request' | 'timer' | 'admin'
  readonly actor: string
}
