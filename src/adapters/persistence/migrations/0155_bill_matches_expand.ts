import type { Kysely } from 'kysely'
import { type Dialect, required } from '../dialect.ts'

/** What was found in the bill of another day than it has in the books. */
export const up = (db: Kysely<unknown>, { table, text, integer }: Dialect): Promise<void> =>
  table(db, 'bill_matches')
    .addColumn('provider', text(16), required)
    .addColumn('subject', text(255), required)
    .addColumn('bill_day', text(10), required)
    .addColumn('created_at', integer, required)
    .addPrimaryKeyConstraint('bill_matches_pk', ['provider', 'subject', 'bill_day'])
    .execute()
