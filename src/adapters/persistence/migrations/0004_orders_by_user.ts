import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema.createIndex('orders_by_user').on('orders').columns(['user_id', 'created_at', 'id']).execute()
