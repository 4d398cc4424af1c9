import type { Kysely } from 'kysely'
import type { BrokerQueue, PublisherClaim, QueuedMessage } from '../../application/broker/broker-queue.ts'
import { WEBHOOK_EVENT_TYPES } from '../../domain/webhook-endpoint.ts'
import { insertOnce } from './duplicates.ts'
import type { Executor } from './executor.ts'
import { toDate, wordOf } from './row-values.ts'
import { type DB, kindsOf, type Row } from './schema.ts'
import { insertion, statement } from './statement.ts'

/** There is one queue, and so one publisher. */
const ID = 'events'
const REMOVED_AT_ONCE = 50

const IDS: Readonly<Record<string, 'text'>> = Object.fromEntries(
  Array.from({ length: REMOVED_AT_ONCE }, (_, n) => [`event${n}`, 'text' as const]),
)

export const brokerQueueStatements = (builder: Kysely<DB>) => ({
  /** The store numbers them as they come, which within a stream is their order. */
  oldest: statement({ limit: 'integer' }, ({ limit }) =>
    builder.selectFrom('broker_queue').selectAll().orderBy('position').limit(limit),
  ),
  insert: insertion(builder, 'broker_queue'),
  remove: statement(IDS, (ids) => builder.deleteFrom('broker_queue').where('event_id', 'in', Object.values(ids))),
  find: statement(kindsOf('broker_publisher', 'id'), ({ id }) =>
    builder.selectFrom('broker_publisher').selectAll().where('id', '=', id),
  ),
  appoint: insertion(builder, 'broker_publisher'),
  claim: statement(
    { ...kindsOf('broker_publisher', 'id', 'holder', 'leased_until'), now: 'integer' },
    ({ id, holder, leased_until, now }) =>
      builder
        .updateTable('broker_publisher')
        .set({ holder, leased_until })
        .where('id', '=', id)
        .where((eb) => eb.or([eb('leased_until', '<=', now), eb('holder', '=', holder)])),
  ),
  release: statement(kindsOf('broker_publisher', 'id', 'holder'), ({ id, holder }) =>
    builder.updateTable('broker_publisher').set({ leased_until: 0 }).where('id', '=', id).where('holder', '=', holder),
  ),
})

export class KyselyBrokerQueue implements BrokerQueue {
  readonly #sql: ReturnType<typeof brokerQueueStatements>
  readonly #on: Executor

  constructor(sql: ReturnType<typeof brokerQueueStatements>, on: Executor) {
    this.#sql = sql
    this.#on = on
  }

  async oldest(limit: number): Promise<readonly QueuedMessage[]> {
    return (await this.#sql.oldest.rows(this.#on, { limit })).map(toMessage)
  }

  insert(message: QueuedMessage): Promise<void> {
    return this.#sql.insert(this.#on, [toQueueRow(message)])
  }

  async remove(eventIds: readonly string[]): Promise<void> {
    for (let start = 0; start < eventIds.length; start += REMOVED_AT_ONCE) {
      const ids = eventIds.slice(start, start + REMOVED_AT_ONCE)
      // The last one fills the places that are left over.
      const filled = Object.keys(IDS).map((name, n) => [name, ids[n] ?? ids.at(-1) ?? ''] as const)
      await this.#sql.remove.change(this.#on, Object.fromEntries(filled))
    }
  }

  async claim({ holder, now, until }: PublisherClaim): Promise<boolean> {
    const row = { id: ID, holder, leased_until: until.getTime() }
    if ((await this.#sql.claim.change(this.#on, { ...row, now: now.getTime() })) === 1) return true
    const someone = async () => (await this.#sql.find.first(this.#on, row)) !== undefined
    return !(await someone()) && insertOnce(() => this.#sql.appoint(this.#on, [row]), someone)
  }

  async release(holder: string): Promise<void> {
    await this.#sql.release.change(this.#on, { id: ID, holder })
  }
}

export const toQueueRow = (message: QueuedMessage): Row<'broker_queue'> => ({
  event_id: message.eventId,
  type: message.type,
  stream: message.stream,
  seq: message.seq,
  body: message.body,
  happened_at: message.at.getTime(),
  created_at: message.queuedAt.getTime(),
})

const toMessage = (row: Row<'broker_queue'>): QueuedMessage => ({
  eventId: row.event_id,
  type: wordOf(WEBHOOK_EVENT_TYPES, row.type),
  stream: row.stream,
  seq: row.seq,
  at: toDate(row.happened_at),
  body: row.body,
  queuedAt: toDate(row.created_at),
})
