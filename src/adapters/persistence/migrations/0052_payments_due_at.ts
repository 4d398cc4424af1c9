import type { Kysely } from 'kysely'
import type { Dialect } from '../dialect.ts'

/** When its gateway is to be asked about it next; only while it is pending. */
export const up = (db: Kysely<unknown>, { integer }: Dialect): Promise<void> =>
  db.schema.alterTable('payments').addColumn('due_at', integer).execute()
