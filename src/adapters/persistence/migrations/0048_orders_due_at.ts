import type { Kysely } from 'kysely'
import type { Dialect } from '../dialect.ts'

/** When its expiry is to be looked at next; only while it is pending. */
export const up = (db: Kysely<unknown>, { integer }: Dialect): Promise<void> =>
  db.schema.alterTable('orders').addColumn('due_at', integer).execute()
