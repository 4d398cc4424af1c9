import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema.createIndex('alert_deliveries_due').on('alert_deliveries').columns(['due_at', 'channel', 'id']).execute()
