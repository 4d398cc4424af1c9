import { type Kysely, sql } from 'kysely'
import { type Dialect, required } from '../dialect.ts'

/** Callbacks that looked genuine and were refused: how they came, never what they said. Its key bounds it. */
export const up = (db: Kysely<unknown>, { table, text, longText, integer }: Dialect): Promise<void> =>
  table(db, 'refused_callbacks')
    .addColumn('provider', text(16), required)
    .addColumn('reason', text(32), required)
    .addColumn('slot', integer, required)
    .addColumn('place', text(16), required)
    .addColumn('evidence', longText, required)
    .addColumn('occurrences', integer, required)
    .addColumn('first_at', integer, required)
    .addColumn('last_at', integer, required)
    .addPrimaryKeyConstraint('refused_callbacks_pk', ['provider', 'reason', 'slot'])
    .addCheckConstraint('refused_callbacks_slot', sql`slot >= 0 and slot < 16`)
    .addCheckConstraint('refused_callbacks_occurrences', sql`occurrences > 0`)
    .execute()
