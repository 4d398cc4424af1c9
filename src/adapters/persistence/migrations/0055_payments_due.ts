import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema.createIndex('payments_due').on('payments').columns(['due_at', 'id']).execute()
