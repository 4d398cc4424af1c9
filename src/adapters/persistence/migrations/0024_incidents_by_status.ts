import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema.createIndex('incidents_by_status').on('incidents').columns(['status', 'first_seen_at', 'id']).execute()
