import { FLAPPING_MS } from '../../domain/alert.ts'
import { newAlertDelivery } from '../../domain/alert-delivery.ts'
import type { AlertSeverity } from '../../domain/alert-rules.ts'
import type { Ids } from '../ids.ts'
import type { EventConsumer } from '../relay-events.ts'
import type { Repositories } from '../transaction.ts'

type Deps = { readonly ids: Ids; readonly channels: readonly string[] }

/** How long news waits for others that may go in the same message. */
export const GATHER_MS = 60_000
const GATHER_CRITICAL_MS = 5_000

/** Queues the news of an alert for each channel; that it is over only once it can't come back as the same. */
export const queueAlerts =
  ({ ids, channels }: Deps): EventConsumer =>
  async (repositories, { id: eventId, event }, createdAt) => {
    if (event.type !== 'alert.raised' && event.type !== 'alert.resolved') return
    const { alertId } = event
    const news = event.type === 'alert.raised' ? 'raised' : 'resolved'
    const severity = await severityOf(repositories, alertId)
    const dueAt = news === 'raised' ? after(createdAt, gatherMs(severity)) : after(event.at, FLAPPING_MS)
    for (const channel of channels) {
      const facts = { id: ids.entity(), channel, alertId, eventId, news, createdAt } as const
      await repositories.alertDeliveries.insert(newAlertDelivery(facts, dueAt))
    }
  }

const severityOf = async ({ alerts }: Pick<Repositories, 'alerts'>, id: string): Promise<AlertSeverity> => {
  const alert = await alerts.find(id)
  if (alert === undefined) throw new Error(`news of an alert ${id}, which is not there`)
  return alert.severity
}

const gatherMs = (severity: AlertSeverity): number => (severity === 'critical' ? GATHER_CRITICAL_MS : GATHER_MS)

const after = (at: Date, ms: number): Date => new Date(at.getTime() + ms)
