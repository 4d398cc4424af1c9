import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema
    .createIndex('reconciliations_by_status')
    .on('reconciliations')
    .columns(['status', 'created_at', 'id'])
    .execute()
