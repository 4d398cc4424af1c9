import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema.createIndex('access_codes_by_status').on('access_codes').columns(['status', 'created_at', 'id']).execute()
