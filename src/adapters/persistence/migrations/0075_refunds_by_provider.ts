import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema.createIndex('refunds_by_provider').on('refunds').columns(['provider', 'created_at', 'refund_no']).execute()
