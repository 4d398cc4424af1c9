import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema.createIndex('access_codes_lapsing').on('access_codes').columns(['status', 'expires_at']).execute()
