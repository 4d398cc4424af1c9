import type { Kysely } from 'kysely'

/** Those whose writer has died. */
export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema.createIndex('bills_unfinished').on('bills').columns(['is_whole', 'created_at']).execute()
