import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema
    .createIndex('discrepancies_by_status')
    .on('discrepancies')
    .columns(['provider', 'status', 'bill_day', 'created_at', 'id'])
    .execute()
