import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema.createIndex('idempotency_keys_by_age').on('idempotency_keys').columns(['touched_at']).execute()
