import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema.createIndex('orders_by_status').on('orders').columns(['status', 'created_at', 'id']).execute()
