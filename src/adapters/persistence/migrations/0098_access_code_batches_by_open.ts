import type { Kysely } from 'kysely'

/** Nearly all are complete: a job looks for the others every few seconds. */
export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema
    .createIndex('access_code_batches_by_open')
    .on('access_code_batches')
    .columns(['open', 'created_at'])
    .execute()
