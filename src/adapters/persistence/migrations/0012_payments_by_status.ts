import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema.createIndex('payments_by_status').on('payments').columns(['status', 'created_at', 'id']).execute()
