import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema
    .createIndex('payment_transactions_by_number')
    .on('payment_transactions')
    .columns(['transaction_id'])
    .execute()
