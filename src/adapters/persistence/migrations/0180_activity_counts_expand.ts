import { type Kysely, sql } from 'kysely'
import { type Dialect, oneOf, required } from '../dialect.ts'

/** What every process counted, for alerts alone; a day is kept. */
export const up = (db: Kysely<unknown>, { table, text, integer }: Dialect): Promise<void> =>
  table(db, 'activity_counts', 'clustered')
    .addColumn('kind', text(16), required)
    .addColumn('minute', integer, required)
    .addColumn('subject', text(64), required)
    .addColumn('total', integer, required)
    .addColumn('bad', integer, required)
    .addPrimaryKeyConstraint('activity_counts_pk', ['kind', 'minute', 'subject'])
    .addCheckConstraint('activity_counts_kind', oneOf('kind', ['requests', 'calls', 'callbacks', 'refusals']))
    .addCheckConstraint('activity_counts_bad', sql`bad >= 0 and bad <= total`)
    .execute()
