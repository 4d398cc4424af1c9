import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema.createIndex('access_codes_by_batch').on('access_codes').columns(['batch_id', 'created_at', 'id']).execute()
