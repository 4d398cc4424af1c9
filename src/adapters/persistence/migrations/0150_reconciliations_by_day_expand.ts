import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema
    .createIndex('reconciliations_by_day')
    .on('reconciliations')
    .columns(['provider', 'bill_day', 'created_at'])
    .execute()
