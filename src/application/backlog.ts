import type { IncidentKind } from '../domain/incident.ts'

/** What waits in the database for its work to be done. */
export const WAITING = ['payments', 'refunds', 'events', 'webhooks', 'broker'] as const
export type WaitingWork = (typeof WAITING)[number]

/** The jobs whose work has a time at which it is due. */
export const DUE_JOBS = ['expiry', 'recovery', 'refunds', 'webhooks', 'alerts', 'discrepancies'] as const
export type DueJob = (typeof DUE_JOBS)[number]

/** So far is counted, so that looking costs the same however much waits. */
export const MOST_COUNTED = 1000

/** How many there are, at most `MOST_COUNTED`, and since when the oldest one waits. */
export type Queue = { readonly count: number; readonly oldestAt: Date | undefined }

export type Backlog = {
  /**
   * `payments` are those still pending after they were asked about, `refunds` those under way, `events` those not handed
   * on, `webhooks` those to be sent to enabled endpoints, `broker` the events that wait for it.
   */
  readonly waiting: Readonly<Record<WaitingWork, Queue>>
  /** When the next work of a job is due that nobody has in hand; what is due and waits lies in the past. */
  readonly nextDueAt: Readonly<Record<DueJob, Date | undefined>>
  /** Open ones, the oldest `MOST_COUNTED` of them. */
  readonly incidents: ReadonlyMap<IncidentKind, number>
}

/** For those who watch the service: committed state, read in a few short steps that need not agree. */
export interface BacklogReader {
  read(): Promise<Backlog>
}
