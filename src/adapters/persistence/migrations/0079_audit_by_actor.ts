import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema.createIndex('audit_by_actor').on('audit').columns(['actor', 'created_at', 'id']).execute()
