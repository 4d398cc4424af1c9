import { type Kysely, sql } from 'kysely'
import { type Dialect, oneOf, required } from '../dialect.ts'

export const up = (db: Kysely<unknown>, { table, text, longText, integer }: Dialect): Promise<void> =>
  table(db, 'stock_entries')
    .addColumn('id', text(64), required)
    .addColumn('sku', text(64), required)
    .addColumn('kind', text(16), required)
    .addColumn('delta', integer, required)
    .addColumn('order_id', text(64))
    .addColumn('actor', text(128), required)
    .addColumn('reason', longText, required)
    .addColumn('created_at', integer, required)
    .addPrimaryKeyConstraint('stock_entries_pk', ['id'])
    .addForeignKeyConstraint('stock_entries_order', ['order_id'], 'orders', ['id'])
    .addCheckConstraint('stock_entries_kind', oneOf('kind', ['sale', 'restore', 'adjustment']))
    .addCheckConstraint('stock_entries_delta', sql`delta <> 0`)
    .execute()
