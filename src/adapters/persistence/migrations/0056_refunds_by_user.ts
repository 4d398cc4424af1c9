import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema.createIndex('refunds_by_user').on('refunds').columns(['user_id', 'created_at', 'refund_no']).execute()
