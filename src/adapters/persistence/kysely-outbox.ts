import type { Kysely } from 'kysely'
import type { Ids } from '../../application/ids.ts'
import type { NewEvents, Outbox, StoredEvent } from '../../application/outbox.ts'
import { toEventRow, toStoredEvent } from './event-row.ts'
import type { Executor } from './executor.ts'
import { type DB, kindsOf } from './schema.ts'
import { insertion, statement } from './statement.ts'

export const outboxStatements = (builder: Kysely<DB>) => {
  const events = builder.selectFrom('events').selectAll()
  return {
    eventsOf: statement(kindsOf('events', 'stream'), ({ stream }) =>
      events.where('stream', '=', stream).orderBy('seq'),
    ),
    last: statement(kindsOf('events', 'stream'), ({ stream }) =>
      builder.selectFrom('events').select('seq').where('stream', '=', stream).orderBy('seq', 'desc').limit(1),
    ),
    insert: insertion(builder, 'events'),
    /** The store numbers the events as they come, which no clock or id does for sure. */
    pending: statement({ limit: 'integer' }, ({ limit }) =>
      events.where('published_at', 'is', null).orderBy('position').limit(limit),
    ),
    markPublished: statement({ id: 'text', at: 'integer' }, ({ id, at }) =>
      builder.updateTable('events').set({ published_at: at }).where('id', '=', id).where('published_at', 'is', null),
    ),
  }
}

export type OutboxContext = {
  readonly ids: Ids
  /** Told of each stream that got events. */
  readonly announce: (stream: string) => void
}

export class KyselyOutbox implements Outbox {
  readonly #sql: ReturnType<typeof outboxStatements>
  readonly #on: Executor
  readonly #context: OutboxContext

  constructor(sql: ReturnType<typeof outboxStatements>, on: Executor, context: OutboxContext) {
    this.#sql = sql
    this.#on = on
    this.#context = context
  }

  async eventsOf(stream: string): Promise<readonly StoredEvent[]> {
    return (await this.#sql.eventsOf.rows(this.#on, { stream })).map(toStoredEvent)
  }

  async pending(limit: number): Promise<readonly StoredEvent[]> {
    return (await this.#sql.pending.rows(this.#on, { limit })).map(toStoredEvent)
  }

  async markPublished(id: string, at: Date): Promise<boolean> {
    return (await this.#sql.markPublished.change(this.#on, { id, at: at.getTime() })) === 1
  }

  async append({ stream, events, cause, at }: NewEvents): Promise<void> {
    if (events.length === 0) return
    const last = await this.#sql.last.first(this.#on, { stream })
    const first = (last?.seq ?? 0) + 1
    const rows = events.map((event, index) =>
      toEventRow({ id: this.#context.ids.entity(), stream, seq: first + index, event, cause, createdAt: at }),
    )
    await this.#sql.insert(this.#on, rows)
    this.#context.announce(stream)
  }
}
