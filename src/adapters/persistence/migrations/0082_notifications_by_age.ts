import type { Kysely } from 'kysely'

/** The last two let a search by them walk the index alone: the rows beside it are large. */
export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema
    .createIndex('notifications_by_age')
    .on('notifications')
    .columns(['received_at', 'id', 'provider', 'kind'])
    .execute()
