import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema
    .createIndex('reconciliations_by_provider')
    .on('reconciliations')
    .columns(['provider', 'created_at', 'id'])
    .execute()
