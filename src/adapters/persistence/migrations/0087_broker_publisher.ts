import type { Kysely } from 'kysely'
import { type Dialect, required } from '../dialect.ts'

/** Its one row says which process publishes, and until when. */
export const up = (db: Kysely<unknown>, { table, text, integer }: Dialect): Promise<void> =>
  table(db, 'broker_publisher', 'clustered')
    .addColumn('id', text(64), required)
    .addColumn('holder', text(64), required)
    .addColumn('leased_until', integer, required)
    .addPrimaryKeyConstraint('broker_publisher_pk', ['id'])
    .execute()
