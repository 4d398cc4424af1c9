import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema.createIndex('incidents_by_age').on('incidents').columns(['first_seen_at', 'id']).execute()
