import type { BrokerMessage } from './event-broker.ts'

export type QueuedMessage = BrokerMessage & { readonly queuedAt: Date }

export type PublisherClaim = { readonly holder: string; readonly now: Date; readonly until: Date }

export interface BrokerQueueReader {
  /** At most `limit`; each stream's in its order, and none without those before it. */
  oldest(limit: number): Promise<readonly QueuedMessage[]>
}

/** What a broker has yet to take, and which process is to hand it over. */
export interface BrokerQueue extends BrokerQueueReader {
  insert(message: QueuedMessage): Promise<void>
  /** Forgets those that were taken; the ones that are gone already are no mistake. */
  remove(eventIds: readonly string[]): Promise<void>
  /** Makes the holder the one that publishes until then; `false` while another one is. */
  claim(claim: PublisherClaim): Promise<boolean>
  /** Lets others publish at once; does nothing where another one does already. */
  release(holder: string): Promise<void>
}
