import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema.createIndex('operators_by_role').on('operators').columns(['role', 'status']).execute()
