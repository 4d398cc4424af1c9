import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema.createIndex('audit_by_age').on('audit').columns(['created_at', 'id']).execute()
