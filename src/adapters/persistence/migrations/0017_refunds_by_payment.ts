import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema.createIndex('refunds_by_payment').on('refunds').columns(['payment_id', 'created_at', 'refund_no']).execute()
