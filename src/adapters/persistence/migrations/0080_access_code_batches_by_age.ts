import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema.createIndex('access_code_batches_by_age').on('access_code_batches').columns(['created_at']).execute()
