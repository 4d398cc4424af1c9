import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema.createIndex('operators_by_age').on('operators').columns(['created_at', 'id']).execute()
