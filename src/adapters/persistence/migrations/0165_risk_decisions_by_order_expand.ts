import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema
    .createIndex('risk_decisions_by_order')
    .on('risk_decisions')
    .columns(['order_id', 'created_at', 'id'])
    .execute()
