import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema
    .createIndex('notifications_by_verdict')
    .on('notifications')
    .columns(['verdict', 'received_at', 'id', 'provider'])
    .execute()
