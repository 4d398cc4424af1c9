import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema.createIndex('blacklist_by_age').on('blacklist').columns(['created_at', 'id']).execute()
