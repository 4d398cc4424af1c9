import { err, ok } from 'neverthrow'
import { writeWebhook } from '../../../src/adapters/http/webhook-json.ts'
import { fixedClock } from '../../../src/adapters/memory/fixed-clock.ts'
import { createMemoryStore } from '../../../src/adapters/memory/memory-store.ts'
import { seededRandomness } from '../../../src/adapters/memory/seeded-randomness.ts'
import { sequentialIds } from '../../../src/adapters/memory/sequential-ids.ts'
import { createWebhookTargets } from '../../../src/adapters/webhooks/webhook-targets.ts'
import { type EventConsumer, relayEvents } from '../../../src/application/relay-events.ts'
import { deliverWebhooks, type WebhookTrouble } from '../../../src/application/webhooks/deliver-webhooks.ts'
import {
  createWebhookEndpoint,
  deleteWebhookEndpoint,
  updateWebhookEndpoint,
} from '../../../src/application/webhooks/maintain-endpoints.ts'
import { makeDeliveries } from '../../../src/application/webhooks/make-deliveries.ts'
import { redeliverWebhook } from '../../../src/application/webhooks/redeliver-webhook.ts'
import type { WebhookAnswer, WebhookMessage } from '../../../src/application/webhooks/webhook-sender.ts'
import type { DomainEvent } from '../../../src/domain/event.ts'
import type { WebhookEndpoint } from '../../../src/domain/webhook-endpoint.ts'
import { minute, paidOrder, paidPayment, webhookEndpoint } from '../../support/builders.ts'

export const OPERATOR = { actor: 'boss', requestId: 'r1', ip: '192.0.2.7' } as const
export const OK: WebhookAnswer = { type: 'answered', statusCode: 204, excerpt: '' }
export const DOWN: WebhookAnswer = { type: 'answered', statusCode: 503, excerpt: 'down' }

/** Outbox, relay and delivery over the memory store; what is sent goes to a receiver that a test scripts. */
export const postOffice = () => {
  const clock = fixedClock({ at: minute(0) })
  const store = createMemoryStore()
  const ids = sequentialIds()
  const { transaction, readers } = store
  const sent: WebhookMessage[] = []
  const troubles: WebhookTrouble[] = []
  const script = { answer: async (_message: WebhookMessage): Promise<WebhookAnswer> => OK }
  const sender = {
    send(message: WebhookMessage) {
      sent.push(message)
      return script.answer(message)
    },
  }
  const deps = {
    transaction,
    readers,
    clock,
    ids,
    randomness: seededRandomness(1),
    sender,
    targets: createWebhookTargets({ allowPrivate: false }),
    report: (trouble: WebhookTrouble) => void troubles.push(trouble),
  }
  const webhooks = makeDeliveries({ ids, writeWebhook })
  const delivering = deliverWebhooks(deps)
  const relay = (...others: readonly EventConsumer[]) => relayEvents({ ...deps, consumers: [webhooks, ...others] })()
  return {
    clock,
    store,
    sent,
    troubles,
    script,
    deps,
    delivering,
    relay,
    /** One turn of the job that sends, to its end. */
    async deliver() {
      await delivering.run()
      await delivering.settled()
    },
    /** A second process that does the same. */
    another: () => deliverWebhooks(deps),
    create: createWebhookEndpoint(deps),
    update: updateWebhookEndpoint(deps),
    remove: deleteWebhookEndpoint(deps),
    redeliver: redeliverWebhook(deps),
    endpoint: (endpoint: WebhookEndpoint = webhookEndpoint()) =>
      transaction.run(async ({ webhookEndpoints }) => ok(await webhookEndpoints.insert(endpoint))),
    /** A paid order with its payment, and what was announced about it. */
    paid: (orderId: string, events: readonly DomainEvent[] = paidEvents(orderId)) =>
      transaction.run(async ({ orders, payments, outbox }) => {
        const payment = paidPayment({ id: `p-${orderId}`, orderId, outTradeNo: `n-${orderId}` })
        await orders.insert(paidOrder({ id: orderId, paymentId: payment.id }))
        if (!(await payments.insert(payment, minute(0)))) return err('taken')
        await outbox.append({ stream: orderId, events, cause: { kind: 'timer', actor: 'test' }, at: clock.now() })
        return ok(undefined)
      }),
    announce: (stream: string, ...events: readonly DomainEvent[]) =>
      transaction.run(async ({ outbox }) =>
        ok(await outbox.append({ stream, events, cause: { kind: 'timer', actor: 'test' }, at: clock.now() })),
      ),
    deliveries: async (orderId: string) =>
      (await readers.webhookDeliveries.deliveriesOfOrder(orderId)).map(({ value }) => value),
  }
}

export const paidEvents = (orderId: string): readonly DomainEvent[] => {
  const paymentId = `p-${orderId}`
  const at = minute(0)
  return [
    { type: 'order.created', orderId, at },
    { type: 'payment.created', orderId, paymentId, at },
    { type: 'payment.succeeded', orderId, paymentId, transactionId: '42', at },
    { type: 'order.paid', orderId, paymentId, at },
  ]
}

export const typesOf = (messages: readonly WebhookMessage[]): readonly string[] =>
  messages.map(({ body }) => JSON.parse(body).type)
