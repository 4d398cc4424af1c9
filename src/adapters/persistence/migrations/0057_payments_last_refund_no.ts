import type { Kysely } from 'kysely'
import type { Dialect } from '../dialect.ts'

/** The refund that was sent last: gateways want some time between two refunds of one payment. */
export const up = (db: Kysely<unknown>, { text }: Dialect): Promise<void> =>
  db.schema.alterTable('payments').addColumn('last_refund_no', text(64)).execute()
