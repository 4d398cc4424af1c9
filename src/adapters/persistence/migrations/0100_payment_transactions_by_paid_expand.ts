import type { Kysely } from 'kysely'

/** The receipts of one provider's day, as its bill has them. */
export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema
    .createIndex('payment_transactions_by_paid')
    .on('payment_transactions')
    .columns(['provider', 'paid_at', 'id'])
    .execute()
