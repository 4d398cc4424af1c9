import { ok } from 'neverthrow'
import type { OutboxRelay, StoredEvent } from '../../application/outbox.ts'
import { toStoredEvent } from './event-row.ts'
import type { Executor, RunDurably } from './executor.ts'
import type { outboxStatements } from './kysely-outbox.ts'

export class KyselyOutboxRelay implements OutboxRelay {
  readonly #sql: ReturnType<typeof outboxStatements>
  readonly #reader: Executor
  readonly #durably: RunDurably

  constructor(sql: ReturnType<typeof outboxStatements>, reader: Executor, durably: RunDurably) {
    this.#sql = sql
    this.#reader = reader
    this.#durably = durably
  }

  async pending(limit: number): Promise<readonly StoredEvent[]> {
    return (await this.#sql.pending.rows(this.#reader, { limit })).map(toStoredEvent)
  }

  markPublished(ids: readonly string[], at: Date): Promise<void> {
    return this.#durably(async (on) => {
      for (const id of ids) await this.#sql.markPublished.change(on, { id, at: at.getTime() })
      return ok()
    })
  }
}
