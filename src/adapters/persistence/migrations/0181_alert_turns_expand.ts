import type { Kysely } from 'kysely'
import { type Dialect, required } from '../dialect.ts'

/** Its one row says when the rules of alerts are checked next, by whichever process comes first. */
export const up = (db: Kysely<unknown>, { table, text, integer }: Dialect): Promise<void> =>
  table(db, 'alert_turns', 'clustered')
    .addColumn('id', text(64), required)
    .addColumn('due_at', integer, required)
    .addPrimaryKeyConstraint('alert_turns_pk', ['id'])
    .execute()
