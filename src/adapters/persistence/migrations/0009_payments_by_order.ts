import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema.createIndex('payments_by_order').on('payments').columns(['order_id', 'created_at', 'id']).execute()
