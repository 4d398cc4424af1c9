import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema.createIndex('payments_by_user').on('payments').columns(['user_id', 'created_at', 'id']).execute()
