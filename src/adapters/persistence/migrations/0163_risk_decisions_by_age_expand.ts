import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema.createIndex('risk_decisions_by_age').on('risk_decisions').columns(['created_at', 'id']).execute()
