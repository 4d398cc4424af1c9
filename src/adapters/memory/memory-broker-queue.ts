import type { BrokerQueue, BrokerQueueReader, QueuedMessage } from '../../application/broker/broker-queue.ts'
import { createTable, type Draft, insertOnce, type Rows } from './table.ts'

type QueueRow = { readonly message: QueuedMessage; readonly removed: boolean }
type Publisher = { readonly id: 'events'; readonly holder: string; readonly leasedUntil: Date }

export const brokerQueueTable = () => createTable<QueueRow>(({ message }) => message.eventId)
export const brokerPublisherTable = () => createTable<Publisher>(({ id }) => id)

export const brokerQueueReader = (queue: Rows<QueueRow>): BrokerQueueReader => ({
  oldest: async (limit) =>
    queue
      .where(({ removed }) => !removed)
      .slice(0, limit)
      .map(({ message }) => message),
})

export const brokerQueue = (queue: Draft<QueueRow>, publishers: Draft<Publisher>): BrokerQueue => ({
  ...brokerQueueReader(queue),
  insert: async (message) => insertOnce(queue, { message, removed: false }),
  async remove(eventIds) {
    for (const row of eventIds.map((id) => queue.get(id))) if (row !== undefined) queue.put({ ...row, removed: true })
  },
  async claim({ holder, now, until }) {
    const known = publishers.get('events')
    if (known !== undefined && known.leasedUntil > now && known.holder !== holder) return false
    publishers.put({ id: 'events', holder, leasedUntil: until })
    return true
  },
  async release(holder) {
    const known = publishers.get('events')
    if (known?.holder === holder) publishers.put({ ...known, leasedUntil: new Date(0) })
  },
})
