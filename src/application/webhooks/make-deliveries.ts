import { newDelivery } from '../../domain/webhook-delivery.ts'
import { subscribes } from '../../domain/webhook-endpoint.ts'
import type { Ids } from '../ids.ts'
import type { EventConsumer } from '../relay-events.ts'
import { isPublic, type PublicEvent, publicEventOf } from './public-event.ts'

/** Writes an event down as merchants are to read it. */
export type WriteWebhook = (event: PublicEvent) => string

type Deps = { readonly ids: Ids; readonly writeWebhook: WriteWebhook }

/** Makes one delivery for each endpoint that asked for the event; its body never changes afterwards. */
export const makeDeliveries =
  ({ ids, writeWebhook }: Deps): EventConsumer =>
  async (repositories, { id: eventId, stream, seq, event }, at) => {
    if (!isPublic(event)) return
    const { type } = event
    const all = await repositories.webhookEndpoints.list()
    const endpoints = all.filter(({ value }) => subscribes(value, type))
    if (endpoints.length === 0) return
    const body = writeWebhook(await publicEventOf(repositories, event))
    for (const { value: endpoint } of endpoints) {
      const facts = { id: ids.entity(), endpointId: endpoint.id, eventId, type, stream, seq, body, createdAt: at }
      await repositories.webhookDeliveries.insert(newDelivery(facts))
    }
  }
