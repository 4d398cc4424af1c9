import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema.createIndex('alerts_by_status').on('alerts').columns(['status', 'first_at', 'id']).execute()
