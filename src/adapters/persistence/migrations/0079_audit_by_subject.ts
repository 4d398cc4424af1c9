import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema.createIndex('audit_by_subject').on('audit').columns(['subject', 'created_at', 'id']).execute()
