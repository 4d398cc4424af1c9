import type { Container } from 'inversify'
import type { Log } from '../adapters/http/deps.ts'
import { writeWebhook } from '../adapters/http/webhook-json.ts'
import type { Store } from '../adapters/persistence/store.ts'
import { createHttpWebhookSender } from '../adapters/webhooks/http-webhook-sender.ts'
import { createWebhookTargets } from '../adapters/webhooks/webhook-targets.ts'
import { queueAlerts } from '../application/alerts/queue-alerts.ts'
import type { Clock } from '../application/clock.ts'
import type { Ids } from '../application/ids.ts'
import type { Randomness } from '../application/randomness.ts'
import { type EventConsumer, relayEvents } from '../application/relay-events.ts'
import type { Transaction } from '../application/transaction.ts'
import { deliverWebhooks, type WebhookTrouble } from '../application/webhooks/deliver-webhooks.ts'
import {
  createWebhookEndpoint,
  deleteWebhookEndpoint,
  updateWebhookEndpoint,
} from '../application/webhooks/maintain-endpoints.ts'
import { makeDeliveries } from '../application/webhooks/make-deliveries.ts'
import { redeliverWebhook } from '../application/webhooks/redeliver-webhook.ts'
import type { WebhookSender, WebhookTargets } from '../application/webhooks/webhook-sender.ts'
import type { AlertSenders } from './bind-alerts.ts'
import type { BrokerParts } from './bind-broker.ts'
import type { Settings } from './config.ts'
import type { Shared } from './shared.ts'
import { tokens } from './tokens.ts'

/** The relay of the outbox with its consumers, and the first of these: webhooks to merchants. */
export const bindWebhooks = (container: Container, report: (trouble: WebhookTrouble) => void): void => {
  container
    .bind(tokens.webhookTargets)
    .toResolvedValue(
      ({ WEBHOOK_ALLOW_PRIVATE: allowPrivate }: Settings) => createWebhookTargets({ allowPrivate }),
      [tokens.settings],
    )
  container
    .bind(tokens.webhookSender)
    .toResolvedValue(
      (targets: WebhookTargets, { WEBHOOK_ALLOW_PRIVATE: allowPrivate }: Settings) =>
        createHttpWebhookSender({ targets, allowPrivate }),
      [tokens.webhookTargets, tokens.settings],
    )
  container.bind(tokens.relayEvents).toResolvedValue(
    (store: Store, clock: Clock, ids: Ids, broker: BrokerParts, shared: Shared, senders: AlertSenders) => {
      const { transaction, readers } = store
      const alerts = queueAlerts({ ids, channels: senders.map(({ channel }) => channel) })
      const consumers = [makeDeliveries({ ids, writeWebhook }), alerts, ...broker.consumers, tellOnceMore(shared)]
      return relayEvents({ transaction, readers, clock, consumers })
    },
    [tokens.store, tokens.clock, tokens.ids, tokens.broker, tokens.shared, tokens.alertSenders],
  )
  container
    .bind(tokens.deliverWebhooks)
    .toResolvedValue(
      ({ transaction, readers }: Store, clock: Clock, ids: Ids, randomness: Randomness, sender: WebhookSender) =>
        deliverWebhooks({ transaction, readers, clock, ids, randomness, sender, report }),
      [tokens.store, tokens.clock, tokens.ids, tokens.randomness, tokens.webhookSender],
    )
  bindAdministration(container)
}

/** Whoever committed an event has told of it, unless it was a command, or died in between. */
const tellOnceMore =
  (shared: Shared): EventConsumer =>
  async (_repositories, { stream }) =>
    shared.changed([stream])

const bindAdministration = (container: Container): void => {
  const deps = [tokens.transaction, tokens.clock, tokens.ids, tokens.randomness, tokens.webhookTargets] as const
  container
    .bind(tokens.createWebhookEndpoint)
    .toResolvedValue(
      (transaction: Transaction, clock: Clock, ids: Ids, randomness: Randomness, targets: WebhookTargets) =>
        createWebhookEndpoint({ transaction, clock, ids, randomness, targets }),
      [...deps],
    )
  container
    .bind(tokens.updateWebhookEndpoint)
    .toResolvedValue(
      (transaction: Transaction, clock: Clock, ids: Ids, randomness: Randomness, targets: WebhookTargets) =>
        updateWebhookEndpoint({ transaction, clock, ids, randomness, targets }),
      [...deps],
    )
  container
    .bind(tokens.deleteWebhookEndpoint)
    .toResolvedValue(
      (transaction: Transaction, clock: Clock, ids: Ids) => deleteWebhookEndpoint({ transaction, clock, ids }),
      [tokens.transaction, tokens.clock, tokens.ids],
    )
  container
    .bind(tokens.redeliverWebhook)
    .toResolvedValue(
      (transaction: Transaction, clock: Clock, ids: Ids) => redeliverWebhook({ transaction, clock, ids }),
      [tokens.transaction, tokens.clock, tokens.ids],
    )
}

/** What an engineer is to find in the log. */
export const webhookLog =
  (log: Log) =>
  (trouble: WebhookTrouble): void => {
    switch (trouble.code) {
      case 'WEBHOOK_PARKED': {
        const { id, endpointId, eventId, type, attempts, lastAttempt } = trouble.delivery
        const statusCode = lastAttempt?.statusCode
        log.warn({ webhook: { id, endpointId, eventId, type, attempts, statusCode } }, 'a webhook is parked')
        return
      }
      case 'WEBHOOK_ENDPOINT_GONE':
        log.warn({ endpointId: trouble.endpointId }, 'a webhook endpoint answered 410 and is disabled')
        return
      case 'WEBHOOK_WORK_FAILED':
        log.error({ endpointId: trouble.endpointId, err: trouble.error }, 'sending webhooks failed, and is tried again')
    }
  }
