import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema.createIndex('incidents_by_order').on('incidents').columns(['order_id', 'first_seen_at', 'id']).execute()
