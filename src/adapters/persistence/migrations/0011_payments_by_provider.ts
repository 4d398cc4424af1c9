import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema.createIndex('payments_by_provider').on('payments').columns(['provider', 'created_at', 'id']).execute()
