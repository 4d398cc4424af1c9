import type { Provider } from '../../domain/payment.ts'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { Page, PageRequest, Span, TimeRange } from '../page.ts'
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

/** The verdicts after which a message had no effect, and might have one now: settings or books may have been mended. */
export const FAILED_VERDICTS = [
  'unreadable',
  'foreign_identity',
  'unknown_order',
  'amount_mismatch',
] as const satisfies readonly NotificationVerdict[]

const FAILED: ReadonlySet<NotificationVerdict> = new Set(FAILED_VERDICTS)

export const isFailed = (verdict: NotificationVerdict): boolean => FAILED.has(verdict)

/** What is known of a message of a gateway, and what became of it. */
export type NotificationEntry = {
  readonly id: string
  readonly provider: Provider
  readonly kind: 'payment' | 'refund' | 'other'
  /** The gateway's number of the message. */
  readonly notificationId: string
  readonly outTradeNo: string | undefined
  readonly orderId: string | undefined
  readonly verdict: NotificationVerdict
  readonly eventAt: Date | undefined
  readonly receivedAt: Date
  /** How often an operator had it tried again. */
  readonly retries: number
}

/** One message as it came. Body and headers are stored encrypted. */
export type NotificationRecord = NotificationEntry & { readonly raw: RawNotification }

export type NotificationFilter = TimeRange & {
  readonly provider?: Provider | undefined
  readonly verdict?: NotificationVerdict | undefined
  readonly kind?: NotificationEntry['kind'] | undefined
  readonly orderId?: string | undefined
  readonly outTradeNo?: string | undefined
}

export type NotificationCount = Pick<NotificationEntry, 'provider' | 'verdict'> & { readonly count: number }

export interface NotificationReader {
  find(id: string): Promise<NotificationRecord | undefined>
  /** Without its content, which is opened only where it is asked for. */
  findEntry(id: string): Promise<NotificationEntry | undefined>
  /** Oldest first. */
  listByOrder(orderId: string): Promise<readonly NotificationEntry[]>
  /** Newest first. */
  list(filter: NotificationFilter, page: PageRequest): Promise<Page<NotificationEntry>>
  /** How many of each provider and verdict came within the time; several parts may have to be added up. */
  count(span: Span): Promise<readonly NotificationCount[]>
  /** The ids of those that could not be used, those first that were tried again least often, then the oldest. */
  listFailed(limit: number): Promise<readonly string[]>
}

export interface NotificationLog extends NotificationReader {
  /** `false` where this message `(provider, notificationId)` is in the log already; nothing is written then. */
  insert(record: NotificationRecord): Promise<boolean>
  /** Writes what became of it, unless another retry was faster than `before` knows; its content and number stay. */
  replace(before: NotificationEntry, after: NotificationEntry): Promise<boolean>
}

type Deps = { readonly ids: Ids; readonly clock: Clock }

/** A log entry for a message that came just now. */
export const notificationRecord = (
  { ids, clock }: Deps,
  provider: Provider,
  raw: RawNotification,
  facts: Omit<NotificationRecord, 'id' | 'provider' | 'raw' | 'receivedAt' | 'retries'>,
): NotificationRecord => ({ ...facts, id: ids.entity(), provider, raw, receivedAt: clock.now(), retries: 0 })
