import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema
    .createIndex('points_entries_by_user')
    .on('points_entries')
    .columns(['user_id', 'created_at', 'id'])
    .execute()
