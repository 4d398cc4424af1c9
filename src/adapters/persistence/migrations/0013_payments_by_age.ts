import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema.createIndex('payments_by_age').on('payments').columns(['created_at', 'id']).execute()
