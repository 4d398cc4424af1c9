import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema.createIndex('access_codes_by_order').on('access_codes').columns(['order_id', 'created_at', 'id']).execute()
