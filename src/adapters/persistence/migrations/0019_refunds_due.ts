import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema.createIndex('refunds_due').on('refunds').columns(['due_at', 'refund_no']).execute()
