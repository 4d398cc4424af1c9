import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema
    .createIndex('payment_transactions_by_order')
    .on('payment_transactions')
    .columns(['order_id', 'created_at', 'id'])
    .execute()
