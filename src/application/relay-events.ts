import { ok, type Result } from 'neverthrow'
import type { Clock } from './clock.ts'
import type { StoredEvent } from './outbox.ts'
import type { Readers, Repositories, Transaction } from './transaction.ts'

/** Takes note of an event, in the unit of work that marks it as handed on; what it sends, it sends later. */
export type EventConsumer = (repositories: Repositories, event: StoredEvent, at: Date) => Promise<void>

type Deps = {
  readonly transaction: Transaction
  readonly readers: Pick<Readers, 'events'>
  readonly clock: Clock
  readonly consumers: readonly EventConsumer[]
}

const BATCH = 100
const MAX_BATCHES = 50

/**
 * Hands every event in the outbox to each consumer, exactly once whoever else is at it and wherever it dies, each
 * stream's in its order. Gives how many it looked at.
 */
export const relayEvents = (deps: Deps) => async (): Promise<number> => {
  let seen = 0
  for (let batch = 1; batch <= MAX_BATCHES; batch += 1) {
    const pending = await deps.readers.events.pending(BATCH)
    await relay(deps, pending)
    seen += pending.length
    if (pending.length < BATCH) break
  }
  return seen
}

/** An event that can't be handed on holds up its own stream only; it is tried again, and the turn has failed. */
const relay = async (deps: Deps, events: readonly StoredEvent[]): Promise<void> => {
  const streams = Map.groupBy(events, ({ stream }) => stream)
  const ends = await Promise.allSettled([...streams.values()].map((stream) => handOn(deps, stream)))
  const failed = ends.find((end) => end.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}

const handOn = ({ transaction, clock, consumers }: Deps, stream: readonly StoredEvent[]): Promise<unknown> =>
  transaction.run(async (repositories): Promise<Result<void, never>> => {
    const at = clock.now()
    for (const event of stream) {
      if (!(await repositories.outbox.markPublished(event.id, at))) continue
      for (const consume of consumers) await consume(repositories, event, at)
    }
    return ok()
  })
