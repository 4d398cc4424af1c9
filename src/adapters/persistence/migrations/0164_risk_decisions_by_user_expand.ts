import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema
    .createIndex('risk_decisions_by_user')
    .on('risk_decisions')
    .columns(['user_id', 'created_at', 'id'])
    .execute()
