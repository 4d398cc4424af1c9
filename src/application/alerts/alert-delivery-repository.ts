import type { AlertDelivery, DueAlertDelivery } from '../../domain/alert-delivery.ts'
import type { Versioned } from '../versioned.ts'

export type AlertClaim = {
  readonly channel: string
  /** What is due by then goes along. */
  readonly dueBy: Date
  readonly leaseUntil: Date
  readonly limit: number
}

export interface AlertDeliveryReader {
  /** What became of an alert's news, by channel and oldest first. */
  listByAlert(alertId: string): Promise<readonly Versioned<AlertDelivery>[]>
  /** The channels to which something is due. */
  channelsDue(now: Date): Promise<readonly string[]>
}

export interface AlertDeliveryRepository extends AlertDeliveryReader {
  /** `false` where the event has its delivery to this channel already; nothing is written then. */
  insert(delivery: DueAlertDelivery): Promise<boolean>
  /** Takes up to `limit` of a channel's, the longest due first, by pushing their due time to `leaseUntil`. */
  claim(claim: AlertClaim): Promise<readonly Versioned<DueAlertDelivery>[]>
  /** Writes only if nobody wrote since `before` was read. */
  replace(before: Versioned<AlertDelivery>, after: AlertDelivery, at: Date): Promise<boolean>
}
