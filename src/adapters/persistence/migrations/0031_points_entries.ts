import { type Kysely, sql } from 'kysely'
import { type Dialect, oneOf, required } from '../dialect.ts'

export const up = (db: Kysely<unknown>, { table, text, integer }: Dialect): Promise<void> =>
  table(db, 'points_entries')
    .addColumn('id', text(64), required)
    .addColumn('user_id', text(128), required)
    .addColumn('kind', text(16), required)
    .addColumn('delta', integer, required)
    .addColumn('balance_after', integer, required)
    .addColumn('source_type', text(16), required)
    .addColumn('source_id', text(128), required)
    .addColumn('created_at', integer, required)
    .addPrimaryKeyConstraint('points_entries_pk', ['id'])
    .addUniqueConstraint('points_entries_source', ['source_type', 'source_id', 'kind'])
    .addForeignKeyConstraint('points_entries_account', ['user_id'], 'points_accounts', ['user_id'])
    .addCheckConstraint(
      'points_entries_kind',
      oneOf('kind', ['purchase', 'bonus', 'spend', 'spend_refund', 'take_back', 'adjustment']),
    )
    .addCheckConstraint(
      'points_entries_source_type',
      oneOf('source_type', ['order_line', 'payment', 'refund', 'admin']),
    )
    .addCheckConstraint('points_entries_delta', sql`delta <> 0`)
    .addCheckConstraint('points_entries_balance', sql`balance_after >= 0`)
    .execute()
