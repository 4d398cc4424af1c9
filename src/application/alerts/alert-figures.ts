import type { PaymentStatus, Provider } from '../../domain/payment.ts'
import type { RefundStatus } from '../../domain/refund.ts'
import type { Span } from '../page.ts'

/** Work that is found by its due time. */
export const WATCHED_JOBS = [
  'orders',
  'payments',
  'refunds',
  'refund_clues',
  'events',
  'alert_deliveries',
  'reconciliations',
  'discrepancies',
  'broker_queue',
] as const
export type WatchedJob = (typeof WATCHED_JOBS)[number]

export type Overdue = { readonly count: number; readonly oldest: Date }
export type CallbackDelay = { readonly provider: Provider; readonly delayMs: number }
export type LowStock = { readonly sku: string; readonly available: number }
export type ParkedWebhooks = { readonly endpointId: string; readonly count: number }

/**
 * What the rules of alerts look at: committed rows, found by an index and never more of them than `limit`, the newest
 * where there are more.
 */
export interface AlertFigures {
  /** The present states of the attempts made within the time. */
  paymentStates(provider: Provider, made: Span, limit: number): Promise<readonly PaymentStatus[]>
  /** How the refunds ended that ended within the time. */
  refundEnds(provider: Provider, ended: Span, limit: number): Promise<readonly RefundStatus[]>
  /** How many refunds were asked for within the time. */
  refundsMade(made: Span, limit: number): Promise<number>
  /** How long after what they tell of the callbacks came that came within the time. */
  callbackDelays(received: Span, limit: number): Promise<readonly CallbackDelay[]>
  /** How many of the receipts of this time were found by asking the gateway. */
  foundByAsking(provider: Provider, paid: Span, limit: number): Promise<number>
  /** Of each attempt that should have ended before and has no outcome, whose it is. */
  unendedPayments(before: Date, limit: number): Promise<readonly Provider[]>
  /** Of each refund under way that was made before, whose it is; one that waits for a person is not under way. */
  unendedRefunds(before: Date, limit: number): Promise<readonly Provider[]>
  /** Of each endpoint that has any, how many were given up, as far as `limit`. */
  parkedWebhooks(limit: number): Promise<readonly ParkedWebhooks[]>
  /** Of the goods that are on sale, those of which at most `most` can be sold now, in the order of the catalogue. */
  lowStock(most: number, limit: number): Promise<readonly LowStock[]>
  /** What was due before; the oldest of the job. */
  overdue(job: WatchedJob, before: Date, limit: number): Promise<Overdue | undefined>
}
