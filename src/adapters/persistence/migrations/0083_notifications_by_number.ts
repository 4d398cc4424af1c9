import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema
    .createIndex('notifications_by_number')
    .on('notifications')
    .columns(['out_trade_no', 'received_at', 'id'])
    .execute()
