import { describe, expect, it } from 'vitest'
import { writeWebhook } from '../../../src/adapters/http/webhook-json.ts'
import { queueEvents } from '../../../src/application/broker/queue-events.ts'
import { minute } from '../../support/builders.ts'
import { postOffice } from '../webhooks/post-office.ts'

const queue = queueEvents({ writeWebhook })

describe('queueing events for a broker', () => {
  it('takes the public ones, each once, with the bytes that a webhook would carry', async () => {
    const office = postOffice()
    await office.endpoint()
    await office.paid('o1')
    await Promise.all([office.relay(queue), office.relay(queue)])
    await office.relay(queue)
    const queued = await office.store.readers.brokerQueue.oldest(9)
    const deliveries = await office.deliveries('o1')
    expect(deliveries).toHaveLength(2)
    expect(queued).toEqual(
      deliveries.map(({ eventId, type, stream, seq, body }) => ({
        eventId,
        type,
        stream,
        seq,
        body,
        at: minute(0),
        queuedAt: minute(0),
      })),
    )
  })

  it('queues nothing of the past when it comes later', async () => {
    const office = postOffice()
    await office.paid('o1')
    await office.relay()
    await office.paid('o2')
    await office.relay(queue)
    const queued = await office.store.readers.brokerQueue.oldest(9)
    expect(queued.map(({ stream, seq }) => [stream, seq])).toEqual([
      ['o2', 3],
      ['o2', 4],
    ])
  })
})
