import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema
    .createIndex('discrepancies_by_day')
    .on('discrepancies')
    .columns(['provider', 'bill_day', 'created_at', 'id'])
    .execute()
