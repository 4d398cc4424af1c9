import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema.createIndex('events_unpublished').on('events').columns(['published_at', 'position']).execute()
