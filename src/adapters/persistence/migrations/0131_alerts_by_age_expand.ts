import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema.createIndex('alerts_by_age').on('alerts').columns(['first_at', 'id']).execute()
