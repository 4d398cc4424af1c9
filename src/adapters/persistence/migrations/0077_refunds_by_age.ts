import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema.createIndex('refunds_by_age').on('refunds').columns(['created_at', 'refund_no']).execute()
