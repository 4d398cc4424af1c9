import type { EventReader, Outbox, OutboxRelay, StoredEvent } from '../../application/outbox.ts'
import { createTable, type Draft, joined, type Rows } from './table.ts'

type Stream = { readonly name: string; readonly length: number }

export const eventTable = () => createTable<StoredEvent>(({ stream, seq }) => joined(stream, seq))
export const streamTable = () => createTable<Stream>(({ name }) => name)

export const eventReader = (events: Rows<StoredEvent>): EventReader => ({
  // Written in the order of their numbers, and kept so.
  eventsOf: async (stream) => events.where((stored) => stored.stream === stream),
})

export const memoryOutbox = (events: Draft<StoredEvent>, streams: Draft<Stream>): Outbox => {
  let made = 0
  return {
    ...eventReader(events),
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
  }
}

export const memoryRelay = (events: Rows<StoredEvent>): OutboxRelay => {
  const published = new Set<string>()
  return {
    pending: async (limit) => events.where(({ id }) => !published.has(id)).slice(0, limit),
    async markPublished(ids) {
      for (const id of ids) published.add(id)
    },
  }
}
