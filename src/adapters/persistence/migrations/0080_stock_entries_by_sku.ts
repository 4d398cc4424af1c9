import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema.createIndex('stock_entries_by_sku').on('stock_entries').columns(['sku', 'created_at', 'id']).execute()
