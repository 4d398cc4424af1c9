import { type Kysely, sql } from 'kysely'
import { type Dialect, required } from '../dialect.ts'

export const up = (db: Kysely<unknown>, { table, text, integer }: Dialect): Promise<void> =>
  table(db, 'points_accounts', 'clustered')
    .addColumn('user_id', text(128), required)
    .addColumn('balance', integer, required)
    .addColumn('updated_at', integer, required)
    .addColumn('version', integer, required)
    .addPrimaryKeyConstraint('points_accounts_pk', ['user_id'])
    .addCheckConstraint('points_accounts_balance', sql`balance >= 0`)
    .execute()
