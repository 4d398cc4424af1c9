import { Gauge, type Registry } from 'prom-client'
import { type Backlog, type BacklogReader, DUE_JOBS, WAITING } from '../../application/backlog.ts'
import type { Clock } from '../../application/clock.ts'
import { StoreUnavailable } from '../../application/transaction.ts'
import type { IncidentKind } from '../../domain/incident.ts'

/** So often the database is asked at most, however often the metrics are. */
const KEEP_MS = 5000

const INCIDENT_KINDS = Object.keys({
  amount_mismatch: 0,
  unknown_order: 0,
  foreign_identity: 0,
  surplus_payment: 0,
  late_payment: 0,
  refund_abnormal: 0,
  points_shortfall: 0,
  contradiction: 0,
} satisfies Record<IncidentKind, 0>) as IncidentKind[] // The keys just checked.

/** What waits in the database, as gauges that are brought up to date before the metrics are read. */
export const createBacklogGauges = (
  register: Registry,
  { backlog, clock }: { readonly backlog: BacklogReader; readonly clock: Clock },
): (() => Promise<void>) => {
  const show = gaugesOf(register)
  let shown: Promise<void> | undefined
  let shownAt = 0
  const read = async (): Promise<void> => show(await currentOf(backlog), clock.now())
  return () => {
    const now = clock.monotonicMs()
    if (shown === undefined || now - shownAt >= KEEP_MS) {
      shownAt = now
      shown = read().catch((error: unknown) => {
        shown = undefined
        throw error
      })
    }
    return shown
  }
}

/** Nothing where the store can't be read: the other metrics are then wanted most. */
const currentOf = async (backlog: BacklogReader): Promise<Backlog | undefined> => {
  try {
    return await backlog.read()
  } catch (error) {
    if (error instanceof StoreUnavailable) return undefined
    throw error
  }
}

const gaugesOf = (register: Registry): ((backlog: Backlog | undefined, now: Date) => void) => {
  const registers = [register]
  const readable = new Gauge({
    name: 'shouyin_store_readable',
    help: 'Whether the database could be read for these figures',
    registers,
  })
  const items = new Gauge({
    name: 'shouyin_backlog_items',
    help: 'What waits, counted to 1000: payments asked about and still pending, refunds under way, events, webhooks, events for the broker',
    labelNames: ['queue'],
    registers,
  })
  const oldest = new Gauge({
    name: 'shouyin_backlog_oldest_seconds',
    help: 'For how long the oldest of them has been there; 0 where there is none',
    labelNames: ['queue'],
    registers,
  })
  const lag = new Gauge({
    name: 'shouyin_job_lag_seconds',
    help: 'For how long work of this job has been due that nobody has begun',
    labelNames: ['job'],
    registers,
  })
  const incidents = new Gauge({
    name: 'shouyin_open_incidents',
    help: 'What needs a person and is not resolved, counted to 1000',
    labelNames: ['kind'],
    registers,
  })
  return (backlog, now) => {
    readable.set(backlog === undefined ? 0 : 1)
    if (backlog === undefined) {
      for (const gauge of [items, oldest, lag, incidents]) gauge.reset() // An old figure would look like news.
      return
    }
    for (const queue of WAITING) {
      items.set({ queue }, backlog.waiting[queue].count)
      oldest.set({ queue }, secondsSince(backlog.waiting[queue].oldestAt, now))
    }
    for (const job of DUE_JOBS) lag.set({ job }, secondsSince(backlog.nextDueAt[job], now))
    for (const kind of INCIDENT_KINDS) incidents.set({ kind }, backlog.incidents.get(kind) ?? 0)
  }
}

const secondsSince = (at: Date | undefined, now: Date): number =>
  at === undefined ? 0 : Math.max(0, now.getTime() - at.getTime()) / 1000
