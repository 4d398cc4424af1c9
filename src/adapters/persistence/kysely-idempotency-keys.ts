import type { Kysely } from 'kysely'
import { err, ok, type Result } from 'neverthrow'
import type { Encryption, SealContext } from '../../application/encryption.ts'
import type { IdempotencyKeys, KeyClaim, KeyUse, StoredAnswer } from '../../application/idempotency/idempotency-keys.ts'
import { WRITE_CONFLICT, type WriteConflict } from '../../application/transaction.ts'
import { insertOnce } from './duplicates.ts'
import type { Executor, RunDurably } from './executor.ts'
import { present } from './row-values.ts'
import { type DB, kindsOf, type Row } from './schema.ts'
import { insertion, statement } from './statement.ts'

const KEPT_MS = 24 * 3_600_000
const PURGE_BATCH = 1000

const NAME = ['caller', 'route', 'idempotency_key'] as const

export const idempotencyStatements = (builder: Kysely<DB>) => {
  const keys = builder.selectFrom('idempotency_keys').selectAll()
  const update = builder.updateTable('idempotency_keys')
  return {
    find: statement(kindsOf('idempotency_keys', ...NAME), (name) =>
      keys
        .where('caller', '=', name.caller)
        .where('route', '=', name.route)
        .where('idempotency_key', '=', name.idempotency_key),
    ),
    insert: insertion(builder, 'idempotency_keys'),
    /** Only one whose answer is still open, and whose lease is the one that was read. */
    lease: statement(
      { ...kindsOf('idempotency_keys', ...NAME, 'leased_until', 'touched_at'), before: 'integer' },
      ({ before, leased_until, touched_at, ...name }) =>
        update
          .set({ leased_until, touched_at })
          .where('caller', '=', name.caller)
          .where('route', '=', name.route)
          .where('idempotency_key', '=', name.idempotency_key)
          .where('answer_status', 'is', null)
          .where('leased_until', '=', before),
    ),
    complete: statement(
      { ...kindsOf('idempotency_keys', ...NAME, 'touched_at'), answer_status: 'integer', answer_body: 'text' },
      ({ answer_status, answer_body, touched_at, ...name }) =>
        update
          .set({ answer_status, answer_body, touched_at })
          .where('caller', '=', name.caller)
          .where('route', '=', name.route)
          .where('idempotency_key', '=', name.idempotency_key)
          .where('answer_status', 'is', null),
    ),
    release: statement(kindsOf('idempotency_keys', ...NAME), (name) =>
      update
        .set({ leased_until: 0 })
        .where('caller', '=', name.caller)
        .where('route', '=', name.route)
        .where('idempotency_key', '=', name.idempotency_key)
        .where('answer_status', 'is', null),
    ),
    /** The last of a batch of old ones, where there are more than a batch. */
    batchEnd: statement({ before: 'integer', batch: 'integer' }, ({ before, batch }) =>
      builder
        .selectFrom('idempotency_keys')
        .select('touched_at')
        .where('touched_at', '<', before)
        .orderBy('touched_at')
        .limit(1)
        .offset(batch),
    ),
    purge: statement({ before: 'integer' }, ({ before }) =>
      builder.deleteFrom('idempotency_keys').where('touched_at', '<', before),
    ),
  }
}

export class KyselyIdempotencyKeys implements IdempotencyKeys {
  readonly #sql: ReturnType<typeof idempotencyStatements>
  readonly #durably: RunDurably
  readonly #encryption: Encryption

  constructor(sql: ReturnType<typeof idempotencyStatements>, durably: RunDurably, encryption: Encryption) {
    this.#sql = sql
    this.#durably = durably
    this.#encryption = encryption
  }

  claim(use: KeyUse, resourceId: string, now: Date, leaseMs: number): Promise<KeyClaim> {
    const touched_at = now.getTime()
    const lease = { ...nameOf(use), touched_at, leased_until: touched_at + leaseMs }
    return this.#durably(async (on) => {
      const known = await this.#sql.find.first(on, lease)
      if (known === undefined) return this.#firstUse(on, { ...firstRow(use, resourceId), ...lease })
      if (known.request_hash !== use.requestHash) return ok({ state: 'reused' })
      if (known.answer_status !== null) return ok({ state: 'answered', answer: this.#toAnswer(use, known) })
      if (known.leased_until > touched_at) return ok({ state: 'in_use' })
      const leased = await this.#sql.lease.change(on, { ...lease, before: known.leased_until })
      return leased === 1 ? ok({ state: 'claimed', resourceId: known.resource_id }) : err(WRITE_CONFLICT)
    })
  }

  async complete(use: KeyUse, { status, body }: StoredAnswer, now: Date): Promise<void> {
    // An answer may carry what opens something, such as a cashier link.
    const answer_body = this.#encryption.seal(body, placeOf(use))
    const answer = { answer_status: status, answer_body, touched_at: now.getTime() }
    await this.#durably(async (on) => ok(await this.#sql.complete.change(on, { ...nameOf(use), ...answer })))
  }

  async release(use: KeyUse): Promise<void> {
    await this.#durably(async (on) => ok(await this.#sql.release.change(on, nameOf(use))))
  }

  async purge(now: Date): Promise<number> {
    const before = now.getTime() - KEPT_MS
    let purged = 0
    for (;;) {
      // Batch by batch, so that no one waits long behind it.
      const [count, isLast] = await this.#durably(async (on) => {
        const end = await this.#sql.batchEnd.first(on, { before, batch: PURGE_BATCH })
        const removed = await this.#sql.purge.change(on, { before: end === undefined ? before : end.touched_at + 1 })
        return ok([removed, end === undefined] as const)
      })
      purged += count
      if (isLast) return purged
    }
  }

  async #firstUse(on: Executor, row: Row<'idempotency_keys'>): Promise<Result<KeyClaim, WriteConflict>> {
    const first = await insertOnce(
      () => this.#sql.insert(on, [row]),
      async () => true, // The name is its only key.
    )
    return first ? ok({ state: 'claimed', resourceId: row.resource_id }) : err(WRITE_CONFLICT)
  }

  #toAnswer(use: KeyUse, row: Row<'idempotency_keys'>): StoredAnswer {
    const body = present(row.answer_body, 'answer_body')
    return {
      status: present(row.answer_status, 'answer_status'),
      body: this.#encryption.open(body, placeOf(use)),
    }
  }
}

export const placeOf = ({ caller, route, key }: Omit<KeyUse, 'requestHash'>): SealContext => ({
  table: 'idempotency_keys',
  column: 'answer_body',
  row: JSON.stringify([caller, route, key]),
})

const nameOf = ({ caller, route, key }: KeyUse) => ({ caller, route, idempotency_key: key })

const firstRow = (use: KeyUse, resourceId: string) => ({
  request_hash: use.requestHash,
  resource_id: resourceId,
  answer_status: null,
  answer_body: null,
})
