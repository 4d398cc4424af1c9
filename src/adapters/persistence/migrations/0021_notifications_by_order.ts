import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema
    .createIndex('notifications_by_order')
    .on('notifications')
    .columns(['order_id', 'received_at', 'id'])
    .execute()
