import type { EventReader, Outbox, StoredEvent } from '../../application/outbox.ts'
import { createTable, type Draft, joined, type Rows } from './table.ts'

type Stream = { readonly name: string; readonly length: number }
/** The id of an event that has been handed on. */
type Published = { readonly id: string }

export const eventTable = () => createTable<StoredEvent>(({ stream, seq }) => joined(stream, seq))
export const streamTable = () => createTable<Stream>(({ name }) => name)
export const publishedTable = () => createTable<Published>(({ id }) => id)

export const eventReader = (events: Rows<StoredEvent>, published: Rows<Published>): EventReader => ({
  // Written in the order of their numbers, and kept so.
  eventsOf: async (stream) => events.where((stored) => stored.stream === stream),
  pending: async (limit) => events.where(({ id }) => published.get(id) === undefined).slice(0, limit),
})

export const memoryOutbox = (
  events: Draft<StoredEvent>,
  streams: Draft<Stream>,
  published: Draft<Published>,
): Outbox => {
  let made = 0
  return {
    ...eventReader(events, published),
    async append({ stream, events: fresh, cause, at }) {
      let seq = streams.get(stream)?.length ?? 0
      for (const event of fresh) {
        seq += 1
        made += 1
        const id = made.toString(16).padStart(32, '0')
        events.put({ id, stream, seq, event, cause, createdAt: at })
      }
      streams.put({ name: stream, length: seq })
    },
    markPublished: async (id) => published.insert({ id }) === undefined,
  }
}
