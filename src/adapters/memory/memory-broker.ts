import type { BrokerMessage, EventBroker } from '../../application/broker/event-broker.ts'

export type MemoryBroker = EventBroker & {
  /** Every copy that arrived, in its order. */
  readonly arrived: readonly BrokerMessage[]
  /** What becomes of the messages from now on; a lost confirm leaves a message that has arrived. */
  answer(next: (message: BrokerMessage) => Promise<BrokerAnswer>): void
  down: boolean
}

export type BrokerAnswer = 'taken' | 'refused' | 'confirm lost'

/** A broker for tests; it takes everything until it is told otherwise. */
export const memoryBroker = (): MemoryBroker => {
  const arrived: BrokerMessage[] = []
  let answer: (message: BrokerMessage) => Promise<BrokerAnswer> = async () => 'taken'
  return {
    arrived,
    down: false,
    answer(next) {
      answer = next
    },
    async publish(message) {
      if (this.down) return false
      const given = await answer(message)
      if (given !== 'refused') arrived.push(message)
      return given === 'taken'
    },
    async healthy() {
      return !this.down
    },
  }
}
