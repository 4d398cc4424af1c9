import type { Kysely } from 'kysely'

/** The refunds of one provider that ended on a day, as its bill has them. */
export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema
    .createIndex('refunds_by_processed')
    .on('refunds')
    .columns(['provider', 'processed_at', 'refund_no'])
    .execute()
