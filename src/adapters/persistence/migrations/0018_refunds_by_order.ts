import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema.createIndex('refunds_by_order').on('refunds').columns(['order_id', 'created_at', 'refund_no']).execute()
