import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema.createIndex('orders_by_age').on('orders').columns(['created_at', 'id']).execute()
