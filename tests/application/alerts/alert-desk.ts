import { ok } from 'neverthrow'
import { fixedClock } from '../../../src/adapters/memory/fixed-clock.ts'
import { createMemoryStore } from '../../../src/adapters/memory/memory-store.ts'
import { seededRandomness } from '../../../src/adapters/memory/seeded-randomness.ts'
import { sequentialIds } from '../../../src/adapters/memory/sequential-ids.ts'
import type { Raise } from '../../../src/application/alerts/alert-repository.ts'
import type { AlertAnswer, AlertMessage, AlertSender } from '../../../src/application/alerts/alert-sender.ts'
import { deliverAlerts, type NotSent } from '../../../src/application/alerts/deliver-alerts.ts'
import { queueAlerts } from '../../../src/application/alerts/queue-alerts.ts'
import { relayEvents } from '../../../src/application/relay-events.ts'
import type { AlertSeverity } from '../../../src/domain/alert-rules.ts'
import { parseQuietHours } from '../../../src/domain/quiet-hours.ts'
import { minute } from '../../support/builders.ts'

export const ACCEPTED: AlertAnswer = { type: 'accepted' }
export const DOWN: AlertAnswer = { type: 'refused', reason: 'HTTP 503' }

type Options = { readonly channels?: readonly string[]; readonly quietHours?: string }

/** Alerts, the relay and the job that sends, over the memory store; what is sent is written down. It begins at noon. */
export const alertDesk = ({ channels = ['email'], quietHours }: Options = {}) => {
  const clock = fixedClock({ at: minute(0) })
  const store = createMemoryStore()
  const { transaction, readers } = store
  const ids = sequentialIds()
  const sent: (AlertMessage & { readonly channel: string })[] = []
  const troubles: NotSent[] = []
  const script = { answer: async (_channel: string): Promise<AlertAnswer> => ACCEPTED }
  const senderOf = (channel: string): AlertSender => ({
    channel,
    ...(channel === 'sms' && { only: 'critical' }),
    send(message) {
      sent.push({ ...message, channel })
      return script.answer(channel)
    },
  })
  const relay = relayEvents({ transaction, readers, clock, consumers: [queueAlerts({ ids, channels })] })
  const jobOf = (names: readonly string[]) =>
    deliverAlerts({
      transaction,
      readers,
      clock,
      randomness: seededRandomness(1),
      senders: names.map(senderOf),
      quietHours: quietHours === undefined ? undefined : parseQuietHours(quietHours),
      report: (trouble) => void troubles.push(trouble),
    })
  const deliver = jobOf(channels)
  return {
    clock,
    sent,
    troubles,
    script,
    deliver,
    /** The job of a service whose settings name other channels. */
    deliverWith: (names: readonly string[]) => jobOf(names)(),
    relay,
    async raise(subject: string, severity: AlertSeverity = 'warning'): Promise<void> {
      const facts = { provider: subject, minutes: 5 }
      const gone: Raise = { rule: 'gateway_unavailable', subject, severity, facts, at: clock.now() }
      await transaction.run(async ({ alerts }) => ok(await alerts.raise(gone)))
      await relay()
    },
    async resolve(subject: string): Promise<void> {
      const gone = { rule: 'gateway_unavailable', subject, at: clock.now() } as const
      await transaction.run(async ({ alerts }) => ok(await alerts.resolve(gone)))
      await relay()
    },
    /** Lets so many seconds go by, and sends what is due then. */
    async pass(seconds: number): Promise<void> {
      clock.advance(seconds * 1000)
      await deliver()
    },
    async statuses(): Promise<readonly string[]> {
      const { items } = await readers.alerts.list({}, { limit: 50, after: undefined })
      const found = await Promise.all(items.map(({ id }) => readers.alertDeliveries.listByAlert(id)))
      return found.flat().map(({ value }) => `${value.channel} ${value.news} ${value.status}`)
    },
  }
}
