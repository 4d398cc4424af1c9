import { type Kysely, sql } from 'kysely'
import { type Dialect, required } from '../dialect.ts'

/** How many messages a channel that costs money has sent on a day. */
export const up = (db: Kysely<unknown>, { table, text, integer }: Dialect): Promise<void> =>
  table(db, 'alert_quotas', 'clustered')
    .addColumn('channel', text(64), required)
    .addColumn('day', integer, required)
    .addColumn('used', integer, required)
    .addPrimaryKeyConstraint('alert_quotas_pk', ['channel', 'day'])
    .addCheckConstraint('alert_quotas_used', sql`used >= 0`)
    .execute()
