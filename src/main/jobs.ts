import type { Container } from 'inversify'
import type { Job } from '../adapters/schedule/interval-scheduler.ts'
import { tokens } from './tokens.ts'

const PURGE_EVERY_MS = 3_600_000
const EXPIRE_CODES_EVERY_MS = 10_000
const WATCH_EVERY_MS = 200
/** While one turn waits for a slow gateway, the work at the other goes on. */
const ASKING = { atOnce: 3 } as const

/** All work that nobody asks for: what is due is in the database, a job only looks for it. */
export const jobsOf = (container: Container): readonly Job[] => {
  const { idempotencyKeys } = container.get(tokens.store)
  const clock = container.get(tokens.clock)
  const watcher = container.get(tokens.orderWatcher)
  const everyMs = container.get(tokens.settings).SCHEDULER_TICK_MS
  return [
    { name: 'watched-orders', everyMs: Math.min(everyMs, WATCH_EVERY_MS), run: () => watcher.turn() },
    { name: 'recovery', ...ASKING, everyMs, run: container.get(tokens.recoverPayments) },
    { name: 'expiry', ...ASKING, everyMs, run: container.get(tokens.expireOrders) },
    { name: 'refunds', ...ASKING, everyMs, run: container.get(tokens.dispatchRefunds) },
    { name: 'refund-clues', ...ASKING, everyMs, run: container.get(tokens.traceRefunds) },
    { name: 'outbox', everyMs, run: container.get(tokens.relayEvents) },
    { name: 'webhooks', everyMs, run: () => container.get(tokens.deliverWebhooks).run() },
    { name: 'lapsed-codes', everyMs: EXPIRE_CODES_EVERY_MS, run: container.get(tokens.expireCodes) },
    { name: 'open-batches', everyMs: EXPIRE_CODES_EVERY_MS, run: container.get(tokens.finishBatches) },
    { name: 'idempotency-keys', everyMs: PURGE_EVERY_MS, run: () => idempotencyKeys.purge(clock.now()) },
  ]
}
