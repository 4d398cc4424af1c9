import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema
    .createIndex('alert_deliveries_by_channel')
    .on('alert_deliveries')
    .columns(['channel', 'due_at', 'id'])
    .execute()
