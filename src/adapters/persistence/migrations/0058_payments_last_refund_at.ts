import type { Kysely } from 'kysely'
import type { Dialect } from '../dialect.ts'

export const up = (db: Kysely<unknown>, { integer }: Dialect): Promise<void> =>
  db.schema.alterTable('payments').addColumn('last_refund_at', integer).execute()
