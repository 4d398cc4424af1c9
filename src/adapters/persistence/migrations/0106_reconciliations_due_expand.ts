import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema.createIndex('reconciliations_by_due').on('reconciliations').columns(['due_at', 'id']).execute()
