import type { Kysely } from 'kysely'
import type { CodeBatchRepository } from '../../application/access-codes/code-batch-repository.ts'
import type { CodeBatch } from '../../domain/code-batch.ts'
import { insertOnce } from './duplicates.ts'
import type { Executor } from './executor.ts'
import { invariant, toDate } from './row-values.ts'
import { type DB, kindsOf, type Row } from './schema.ts'
import { insertion, statement } from './statement.ts'

export const codeBatchStatements = (builder: Kysely<DB>) => ({
  find: statement(kindsOf('access_code_batches', 'id'), ({ id }) =>
    builder.selectFrom('access_code_batches').selectAll().where('id', '=', id),
  ),
  listOpen: statement({ before: 'integer', limit: 'integer' }, ({ before, limit }) =>
    builder
      .selectFrom('access_code_batches')
      .selectAll()
      .where('open', '=', 1)
      .where('created_at', '<', before)
      .orderBy('created_at')
      .limit(limit),
  ),
  insert: insertion(builder, 'access_code_batches'),
  advance: statement(
    { ...kindsOf('access_code_batches', 'id', 'made', 'open'), before: 'integer' },
    ({ id, made, open, before }) =>
      builder.updateTable('access_code_batches').set({ made, open }).where('id', '=', id).where('made', '=', before),
  ),
})

export class KyselyCodeBatchRepository implements CodeBatchRepository {
  readonly #sql: ReturnType<typeof codeBatchStatements>
  readonly #on: Executor

  constructor(sql: ReturnType<typeof codeBatchStatements>, on: Executor) {
    this.#sql = sql
    this.#on = on
  }

  async find(id: string): Promise<CodeBatch | undefined> {
    const row = await this.#sql.find.first(this.#on, { id })
    return row && toCodeBatch(row)
  }

  async listOpen(before: Date, limit: number): Promise<readonly CodeBatch[]> {
    return (await this.#sql.listOpen.rows(this.#on, { before: before.getTime(), limit })).map(toCodeBatch)
  }

  insert(batch: CodeBatch): Promise<boolean> {
    return insertOnce(
      () => this.#sql.insert(this.#on, [toCodeBatchRow(batch)]),
      async () => true, // The id is its only key.
    )
  }

  async advance(batch: CodeBatch, made: number): Promise<boolean> {
    const { id, open } = toCodeBatchRow({ ...batch, made })
    return (await this.#sql.advance.change(this.#on, { id, made, open, before: batch.made })) === 1
  }
}

export const toCodeBatchRow = (batch: CodeBatch): Row<'access_code_batches'> => ({
  id: batch.id,
  product_id: batch.productId,
  validity_days: batch.validityDays,
  size: batch.count,
  made: batch.made,
  expires_at: batch.expiresAt.getTime(),
  created_at: batch.createdAt.getTime(),
  open: batch.made < batch.count ? 1 : 0,
})

export const toCodeBatch = (row: Row<'access_code_batches'>): CodeBatch => {
  invariant(row.made >= 0 && row.made <= row.size, 'a batch has more codes made than it has')
  return {
    id: row.id,
    productId: row.product_id,
    validityDays: row.validity_days,
    count: row.size,
    made: row.made,
    expiresAt: toDate(row.expires_at),
    createdAt: toDate(row.created_at),
  }
}
