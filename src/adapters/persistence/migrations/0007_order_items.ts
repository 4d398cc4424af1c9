import { type Kysely, sql } from 'kysely'
import { type Dialect, required } from '../dialect.ts'

export const up = (db: Kysely<unknown>, { table, text, longText, integer }: Dialect): Promise<void> =>
  table(db, 'order_items', 'clustered')
    .addColumn('order_id', text(64), required)
    .addColumn('line', integer, required)
    .addColumn('product_id', text(64), required)
    .addColumn('product_name', text(255), required)
    .addColumn('unit_price_fen', integer, required)
    .addColumn('quantity', integer, required)
    .addColumn('fulfilment', longText, required)
    .addPrimaryKeyConstraint('order_items_pk', ['order_id', 'line'])
    .addForeignKeyConstraint('order_items_order', ['order_id'], 'orders', ['id'])
    .addCheckConstraint('order_items_line', sql`line >= 0`)
    .addCheckConstraint('order_items_unit_price', sql`unit_price_fen >= 0`)
    .addCheckConstraint('order_items_quantity', sql`quantity > 0`)
    .execute()
