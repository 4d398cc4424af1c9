import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema
    .createIndex('alert_deliveries_by_alert')
    .on('alert_deliveries')
    .columns(['alert_id', 'channel', 'created_at', 'id'])
    .execute()
