import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema.createIndex('reconciliations_by_age').on('reconciliations').columns(['created_at', 'id']).execute()
