import type { Provider } from '../../domain/payment.ts'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { RawNotification } from '../payments/payment-gateway.ts'

export type NotificationVerdict =
  | 'settled'
  | 'surplus'
  | 'late'
  | 'honoured'
  | 'refund_settled'
  | 'recorded'
  | 'unknown_order'
  | 'amount_mismatch'
  | 'foreign_identity'
  | 'unreadable'

/** One message of a gateway as it came, with what became of it. Body and headers are stored encrypted. */
export type NotificationRecord = {
  readonly id: string
  readonly provider: Provider
  readonly kind: 'payment' | 'refund' | 'other'
  /** The gateway's number of the message. */
  readonly notificationId: string
  readonly outTradeNo: string | undefined
  readonly orderId: string | undefined
  readonly verdict: NotificationVerdict
  readonly raw: RawNotification
  readonly eventAt: Date | undefined
  readonly receivedAt: Date
}

export interface NotificationReader {
  find(id: string): Promise<NotificationRecord | undefined>
  /** Oldest first. */
  listByOrder(orderId: string): Promise<readonly NotificationRecord[]>
}

export interface NotificationLog extends NotificationReader {
  /** `false` where this message `(provider, notificationId)` is in the log already; nothing is written then. */
  insert(record: NotificationRecord): Promise<boolean>
}

type Deps = { readonly ids: Ids; readonly clock: Clock }

/** A log entry for a message that came just now. */
export const notificationRecord = (
  { ids, clock }: Deps,
  provider: Provider,
  raw: RawNotification,
  facts: Omit<NotificationRecord, 'id' | 'provider' | 'raw' | 'receivedAt'>,
): NotificationRecord => ({ ...facts, id: ids.entity(), provider, raw, receivedAt: clock.now() })
