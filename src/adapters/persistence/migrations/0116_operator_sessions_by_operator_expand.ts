import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema
    .createIndex('operator_sessions_by_operator')
    .on('operator_sessions')
    .columns(['operator_id', 'created_at', 'id'])
    .execute()
