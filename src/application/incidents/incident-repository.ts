import type { Incident, IncidentFacts, IncidentKind } from '../../domain/incident.ts'
import type { Provider } from '../../domain/payment.ts'
import type { Page, PageRequest } from '../page.ts'

/** What makes two reports the same incident: kind, provider and `subject` (a transaction, refund or message number). */
export type IncidentReport = Omit<IncidentFacts, 'occurrences' | 'firstSeenAt' | 'lastSeenAt'> & {
  readonly subject: string
  readonly at: Date
}

export type IncidentFilter = {
  readonly status?: Incident['status'] | undefined
  readonly kind?: IncidentKind | undefined
}

export interface IncidentReader {
  find(id: string): Promise<Incident | undefined>
  /** The one that a report of this kind, provider and subject would repeat. */
  findSame(kind: IncidentKind, provider: Provider, subject: string): Promise<Incident | undefined>
  /** Newest first, by when it was first seen. */
  list(filter: IncidentFilter, page: PageRequest): Promise<Page<Incident>>
  /** Oldest first. */
  listByOrder(orderId: string): Promise<readonly Incident[]>
  /** Newest first. */
  listOpen(limit: number): Promise<readonly Incident[]>
}

export interface IncidentRepository extends IncidentReader {
  /** Opens an incident, or repeats the same one. */
  report(report: IncidentReport): Promise<void>
  /** Writes the resolution; `false` where the incident is no longer open. */
  resolve(incident: Extract<Incident, { status: 'resolved' }>): Promise<boolean>
}
