import type { DueDelivery, WebhookDelivery, WebhookDeliveryStatus } from '../../domain/webhook-delivery.ts'
import type { Page, PageRequest } from '../page.ts'
import type { Versioned } from '../versioned.ts'

export type DeliveryFilter = { readonly endpointId: string; readonly status: WebhookDeliveryStatus | undefined }

export type DeliveryClaim = {
  readonly endpointId: string
  readonly now: Date
  readonly leaseUntil: Date
  readonly limit: number
}

export interface WebhookDeliveryReader {
  find(id: string): Promise<Versioned<WebhookDelivery> | undefined>
  /** All about one order, to every endpoint, in the order of its events. */
  deliveriesOfOrder(orderId: string): Promise<readonly Versioned<WebhookDelivery>[]>
  /** Newest first. */
  list(filter: DeliveryFilter, page: PageRequest): Promise<Page<Versioned<WebhookDelivery>>>
  /** The endpoints to which something is due, disabled ones apart. */
  endpointsDue(now: Date): Promise<readonly string[]>
}

export interface WebhookDeliveryRepository extends WebhookDeliveryReader {
  /** `false` where the event has its delivery to this endpoint already; nothing is written then. */
  insert(delivery: DueDelivery): Promise<boolean>
  /**
   * Writes only if nobody wrote since `before` was read. Where it is no longer due, the next one of its stream to the
   * same endpoint becomes due at once.
   */
  replace(before: Versioned<WebhookDelivery>, after: WebhookDelivery, at: Date): Promise<boolean>
  /**
   * Takes up to `limit` of an endpoint's due ones by pushing their due time to `leaseUntil`, and never one of whose
   * stream an earlier one is still due: that one waits as long as the earlier one does.
   */
  claimDue(claim: DeliveryClaim): Promise<readonly Versioned<DueDelivery>[]>
}
