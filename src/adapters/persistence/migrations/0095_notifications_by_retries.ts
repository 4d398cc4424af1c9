import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema
    .createIndex('notifications_by_retries')
    .on('notifications')
    .columns(['verdict', 'retries', 'received_at', 'id'])
    .execute()
