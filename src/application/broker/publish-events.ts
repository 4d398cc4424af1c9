import { ok, type Result } from 'neverthrow'
import type { Clock } from '../clock.ts'
import type { Readers, Transaction } from '../transaction.ts'
import type { QueuedMessage } from './broker-queue.ts'
import type { EventBroker } from './event-broker.ts'

type Deps = {
  readonly transaction: Transaction
  readonly readers: Pick<Readers, 'brokerQueue'>
  readonly clock: Clock
  readonly broker: EventBroker
  /** Names this process among all that publish. */
  readonly holder: string
}

const BATCH = 200
const MAX_BATCHES = 50
const LEASE_MS = 30_000

/**
 * Hands the queue over to the broker, oldest first, and forgets what the broker has for good; gives how many those were.
 *
 * An event is sent only after the one before it in its stream was taken: by this turn, or by whoever removed that one
 * from the queue. So whatever is killed, cut off, refused or run twice, a queue of the broker gets the first copy of
 * each event after that of the one before. The lease keeps several processes from sending the same, and no more: one
 * that lost it without noticing goes on through its own batch in the same order, and what it sends are copies, under the
 * same id, of what the next one sends or has sent. That is also why removing asks for no lease: what a broker confirmed
 * to anybody, it has.
 */
export const publishEvents = (deps: Deps) => async (): Promise<number> => {
  let published = 0
  for (let batch = 1; batch <= MAX_BATCHES; batch += 1) {
    const until = new Date(deps.clock.now().getTime() + LEASE_MS)
    const queued = await claim(deps, until)
    if (queued.length === 0) break
    const { taken, failed } = await publish(deps, queued, until)
    await settle(deps, taken)
    if (failed !== undefined) throw failed.reason
    published += taken.length
    if (queued.length < BATCH || taken.length < queued.length) break
  }
  return published
}

/** Writes nothing where there is nothing to do or nobody to do it with. */
const claim = async (deps: Deps, until: Date): Promise<readonly QueuedMessage[]> => {
  const { transaction, readers, clock, broker, holder } = deps
  if ((await readers.brokerQueue.oldest(1)).length === 0 || !(await broker.healthy())) return []
  const claimed = await transaction.run(
    async ({ brokerQueue }): Promise<Result<readonly QueuedMessage[], never>> =>
      ok((await brokerQueue.claim({ holder, now: clock.now(), until })) ? await brokerQueue.oldest(BATCH) : []),
  )
  return claimed.isOk() ? claimed.value : []
}

type Published = { readonly taken: readonly string[]; readonly failed: PromiseRejectedResult | undefined }

/** The streams side by side, each up to the first that was not taken; nothing is under way any more when it is over. */
const publish = async ({ clock, broker }: Deps, queued: readonly QueuedMessage[], until: Date): Promise<Published> => {
  const taken: string[] = []
  const handOver = async (stream: readonly QueuedMessage[]): Promise<void> => {
    for (const { queuedAt: _, ...message } of stream) {
      if (clock.now() >= until || !(await broker.publish(message))) return
      taken.push(message.eventId)
    }
  }
  const streams = Map.groupBy(queued, ({ stream }) => stream)
  const ends = await Promise.allSettled([...streams.values()].map(handOver))
  return { taken, failed: ends.find((end) => end.status === 'rejected') }
}

const settle = ({ transaction, holder }: Deps, taken: readonly string[]): Promise<unknown> =>
  transaction.run(async ({ brokerQueue }): Promise<Result<void, never>> => {
    await brokerQueue.remove(taken)
    await brokerQueue.release(holder)
    return ok()
  })
