import { ok } from 'neverthrow'
import { fixedClock } from '../../../src/adapters/memory/fixed-clock.ts'
import { memoryBroker } from '../../../src/adapters/memory/memory-broker.ts'
import { createMemoryStore } from '../../../src/adapters/memory/memory-store.ts'
import type { BrokerMessage, EventBroker } from '../../../src/application/broker/event-broker.ts'
import { publishEvents } from '../../../src/application/broker/publish-events.ts'
import { minute, queuedMessage } from '../../support/builders.ts'

/** A queue, a broker, and as many processes that publish as a test likes, each with a clock of its own. */
export const brokerWorld = () => {
  const store = createMemoryStore()
  const { transaction, readers } = store
  const broker = memoryBroker()
  const lengths = new Map<string, number>()
  return {
    store,
    broker,
    /** Puts the next events of these streams into the queue. */
    queue: (...streams: readonly string[]) =>
      transaction.run(async ({ brokerQueue }) => {
        for (const stream of streams) {
          const seq = (lengths.get(stream) ?? 0) + 1
          lengths.set(stream, seq)
          await brokerQueue.insert(queuedMessage({ eventId: `${stream}${seq}`, stream, seq }))
        }
        return ok(undefined)
      }),
    process(holder: string, through: EventBroker = broker) {
      const clock = fixedClock({ at: minute(0) })
      return { clock, turn: publishEvents({ transaction, readers, clock, broker: through, holder }) }
    },
    waiting: async () => (await readers.brokerQueue.oldest(10_000)).map(({ eventId }) => eventId),
    queued: () => [...lengths].flatMap(([stream, length]) => Array.from({ length }, (_, n) => `${stream}${n + 1}`)),
  }
}

export const idsOf = (messages: readonly BrokerMessage[]): readonly string[] => messages.map(({ eventId }) => eventId)

/** The first copy of each, in the order in which they arrived. */
export const firstCopies = <T extends { readonly eventId: string }>(arrived: readonly T[]): readonly T[] => {
  const seen = new Set<string>()
  return arrived.filter(({ eventId }) => seen.size < seen.add(eventId).size)
}

/** The streams in which a first copy came before that of an earlier event. */
export const disordered = (
  arrived: readonly { readonly eventId: string; readonly stream: string; readonly seq: number }[],
): readonly string[] => {
  const last = new Map<string, number>()
  const wrong = new Set<string>()
  for (const { stream, seq } of firstCopies(arrived)) {
    if (seq <= (last.get(stream) ?? 0)) wrong.add(stream)
    last.set(stream, seq)
  }
  return [...wrong]
}
