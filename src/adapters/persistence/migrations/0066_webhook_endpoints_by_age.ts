import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema.createIndex('webhook_endpoints_by_age').on('webhook_endpoints').columns(['created_at', 'id']).execute()
