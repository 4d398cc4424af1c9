import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema.createIndex('risk_hits_by_rule').on('risk_hits').columns(['rule', 'created_at', 'decision_id']).execute()
