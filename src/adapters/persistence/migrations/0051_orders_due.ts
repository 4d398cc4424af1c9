import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema.createIndex('orders_due').on('orders').columns(['due_at', 'id']).execute()
