import type { EventConsumer } from '../relay-events.ts'
import type { WriteWebhook } from '../webhooks/make-deliveries.ts'
import { isPublic, publicEventOf } from '../webhooks/public-event.ts'

/** Puts each public event into the broker's queue, written down as webhooks are; its body never changes afterwards. */
export const queueEvents =
  ({ writeWebhook }: { readonly writeWebhook: WriteWebhook }): EventConsumer =>
  async (repositories, { id: eventId, stream, seq, event }, queuedAt) => {
    if (!isPublic(event)) return
    const body = writeWebhook(await publicEventOf(repositories, event))
    await repositories.brokerQueue.insert({ eventId, type: event.type, stream, seq, at: event.at, body, queuedAt })
  }
