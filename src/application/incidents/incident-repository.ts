import type { Provider } from '../../domain/payment.ts'

export type IncidentKind =
  | 'amount_mismatch'
  | 'unknown_order'
  | 'foreign_identity'
  | 'surplus_payment'
  | 'late_payment'
  | 'refund_abnormal'
  | 'points_shortfall'
  | 'contradiction'

/** Money or messages that need a person. */
export type Incident = {
  readonly id: string
  readonly kind: IncidentKind
  readonly provider: Provider
  readonly outTradeNo: string | undefined
  readonly orderId: string | undefined
  /** What was seen, in plain values without secrets or personal data. */
  readonly evidence: Readonly<Record<string, string | number>>
  readonly occurrences: number
  readonly status: 'open' | 'resolved'
  readonly firstSeenAt: Date
  readonly lastSeenAt: Date
}

/** What makes two reports the same incident: kind, provider and `subject` (a transaction, refund or message number). */
export type IncidentReport = Omit<Incident, 'occurrences' | 'status' | 'firstSeenAt' | 'lastSeenAt'> & {
  readonly subject: string
  readonly at: Date
}

export interface IncidentReader {
  /** Oldest first. */
  listByOrder(orderId: string): Promise<readonly Incident[]>
  /** Newest first. */
  listOpen(limit: number): Promise<readonly Incident[]>
}

export interface IncidentRepository extends IncidentReader {
  /** Opens an incident, or raises the occurrences of the same one. */
  report(report: IncidentReport): Promise<void>
}
