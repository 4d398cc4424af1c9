import type { Operator } from '../catalogue/maintain-catalogue.ts'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { Readers, Transaction } from '../transaction.ts'
import { ok, type Result } from 'neverthrow'
import { isFailed } from './notification-log.ts'
import type { retryNotification } from './retry-notification.ts'

export type RetryReport = { readonly retried: number; readonly succeeded: number; readonly failed: number }

type Deps = {
  readonly transaction: Transaction
  readonly readers: Pick<Readers, 'notifications'>
  readonly clock: Clock
  readonly ids: Ids
  readonly retryNotification: ReturnType<typeof retryNotification>
}

/** What one call takes on; those that fail again go to the end of the queue, so that calls get through all of them. */
const MAX = 500
/** Enough to share a commit. */
const AT_ONCE = 20
/** Somebody waits for the answer; where the store is slow, what is left is for the next call. */
const BEGIN_NO_MORE_AFTER_MS = 2000

/** Tries again what could not be used, those first that were tried least often. */
export const retryFailed =
  ({ transaction, readers, clock, ids, retryNotification: retry }: Deps) =>
  async (operator: Operator): Promise<Result<RetryReport, never>> => {
    const failed = await readers.notifications.listFailed(MAX)
    const begunMs = clock.monotonicMs()
    let retried = 0
    let succeeded = 0
    while (retried < failed.length && clock.monotonicMs() - begunMs < BEGIN_NO_MORE_AFTER_MS) {
      const tried = await Promise.all(failed.slice(retried, retried + AT_ONCE).map((id) => retry(id, operator)))
      retried += tried.length
      succeeded += tried.filter((one) => one.isOk() && !isFailed(one.value.entry.verdict)).length
    }
    const report = { retried, succeeded, failed: retried - succeeded }
    const entry = { action: 'notification.retry_failed', subject: 'notifications', before: undefined, after: report }
    return transaction.run(async ({ audit }) => {
      await audit.append({ reason: undefined, ...operator, ...entry, id: ids.entity(), at: clock.now() })
      return ok(report)
    })
  }
