import type { Container } from 'inversify'
import type { Log } from '../adapters/http/deps.ts'
import { type Job, type Scheduler, startScheduler } from '../adapters/schedule/interval-scheduler.ts'
import { startQueuedScheduler } from '../adapters/schedule/queued-scheduler.ts'
import type { Role } from './start.ts'
import { tokens } from './tokens.ts'

const PURGE_EVERY_MS = 3_600_000
const EXPIRE_CODES_EVERY_MS = 10_000
const KEEP_STATISTICS_EVERY_MS = 2000
const WATCH_EVERY_MS = 200
const LOOK_AROUND_EVERY_MS = 1000
const KEEP_ACTIVITY_EVERY_MS = 10_000
const LOOK_AT_RULES_EVERY_MS = 10_000
const SCHEDULE_EVERY_MS = 60_000
/** While one turn waits for a slow gateway, the work at the other goes on. */
const ASKING = { atOnce: 3 } as const

/** What follows the pages that are open at this process, so each process does its own. */
export const pageJobs = (container: Container): readonly Job[] => {
  const watcher = container.get(tokens.orderWatcher)
  const { SCHEDULER_TICK_MS } = container.get(tokens.settings)
  const lookAround = container.get(tokens.lookAround)
  return [
    { name: 'watched-orders', everyMs: Math.min(SCHEDULER_TICK_MS, WATCH_EVERY_MS), run: () => watcher.turn() },
    { name: 'shown-orders', everyMs: Math.min(SCHEDULER_TICK_MS, LOOK_AROUND_EVERY_MS), run: lookAround },
  ]
}

/** What each process writes down of itself. */
export const ownJobs = (container: Container): readonly Job[] => [
  { name: 'activity', everyMs: KEEP_ACTIVITY_EVERY_MS, run: container.get(tokens.keepActivity) },
  { name: 'refused-callbacks', everyMs: KEEP_ACTIVITY_EVERY_MS, run: container.get(tokens.keepRefusals) },
]

/** All work that nobody asks for: what is due is in the database, a job only looks for it. */
export const workerJobs = (container: Container): readonly Job[] => {
  const { idempotencyKeys } = container.get(tokens.store)
  const clock = container.get(tokens.clock)
  const everyMs = container.get(tokens.settings).SCHEDULER_TICK_MS
  return [
    { name: 'recovery', ...ASKING, everyMs, run: container.get(tokens.recoverPayments) },
    { name: 'expiry', ...ASKING, everyMs, run: container.get(tokens.expireOrders) },
    { name: 'refunds', ...ASKING, everyMs, run: container.get(tokens.dispatchRefunds) },
    { name: 'refund-clues', ...ASKING, everyMs, run: container.get(tokens.traceRefunds) },
    { name: 'outbox', everyMs, run: container.get(tokens.relayEvents) },
    { name: 'webhooks', everyMs, run: () => container.get(tokens.deliverWebhooks).run() },
    { name: 'alerts', everyMs, run: container.get(tokens.deliverAlerts) },
    { name: 'alert-rules', everyMs: LOOK_AT_RULES_EVERY_MS, run: container.get(tokens.evaluateAlerts) },
    ...container.get(tokens.broker).jobs(everyMs),
    { name: 'lapsed-codes', everyMs: EXPIRE_CODES_EVERY_MS, run: container.get(tokens.expireCodes) },
    { name: 'open-batches', everyMs: EXPIRE_CODES_EVERY_MS, run: container.get(tokens.finishBatches) },
    { name: 'reconciliation-schedule', everyMs: SCHEDULE_EVERY_MS, run: container.get(tokens.scheduleReconciliations) },
    { name: 'reconciliation', everyMs, run: container.get(tokens.workOnReconciliations) },
    { name: 'discrepancies', ...ASKING, everyMs, run: container.get(tokens.healDiscrepancies) },
    { name: 'abandoned-bills', everyMs: PURGE_EVERY_MS, run: container.get(tokens.dropAbandonedBills) },
    { name: 'old-risk-decisions', everyMs: SCHEDULE_EVERY_MS, run: container.get(tokens.forgetDecisions) },
    { name: 'statistics', everyMs: KEEP_STATISTICS_EVERY_MS, run: container.get(tokens.keepStatistics) },
    { name: 'idempotency-keys', everyMs: PURGE_EVERY_MS, run: () => idempotencyKeys.purge(clock.now()) },
  ]
}

/** Starts what the role has to do: by the queue in Redis where there is one, else each process for itself. */
export const startJobs = (
  container: Container,
  { role, log, watched }: { readonly role: Role; readonly log: Log; readonly watched: (job: Job) => Job },
): Scheduler => {
  const failed = (job: string, error: unknown): void =>
    log.error({ job, err: error }, 'a job failed and will be tried again')
  const trouble = (error: unknown): void => log.warn({ err: error }, 'the queue of jobs is not at hand')
  const { REDIS_URL: url } = container.get(tokens.settings)
  const own = role === 'worker' ? ownJobs(container) : [...ownJobs(container), ...pageJobs(container)]
  const started: Scheduler[] = [startScheduler(own.map(watched), failed)]
  if (role !== 'serve') {
    const jobs = workerJobs(container).map(watched)
    started.push(
      url === undefined ? startScheduler(jobs, failed) : startQueuedScheduler({ url, jobs, failed, trouble }),
    )
  }
  return {
    async stop() {
      await Promise.all(started.map((scheduler) => scheduler.stop()))
    },
  }
}
