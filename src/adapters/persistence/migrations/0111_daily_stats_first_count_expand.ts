import type { Kysely } from 'kysely'
import { type Dialect, required } from '../dialect.ts'

/** Its one row says which of the days from before statistics were kept is counted next; none where all are. */
export const up = (db: Kysely<unknown>, { table, text, integer }: Dialect): Promise<void> =>
  table(db, 'daily_stats_first_count', 'clustered')
    .addColumn('id', text(64), required)
    .addColumn('next_day', integer)
    .addPrimaryKeyConstraint('daily_stats_first_count_pk', ['id'])
    .execute()
