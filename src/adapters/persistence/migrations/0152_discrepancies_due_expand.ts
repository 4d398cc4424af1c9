import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema.createIndex('discrepancies_by_due').on('discrepancies').columns(['due_at', 'id']).execute()
