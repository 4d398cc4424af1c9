import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema
    .createIndex('risk_decisions_by_outcome')
    .on('risk_decisions')
    .columns(['outcome', 'created_at', 'id'])
    .execute()
