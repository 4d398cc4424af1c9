import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema.createIndex('entitlements_by_user').on('entitlements').columns(['user_id', 'created_at', 'id']).execute()
