import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema.createIndex('operator_sessions_by_expiry').on('operator_sessions').columns(['expires_at']).execute()
