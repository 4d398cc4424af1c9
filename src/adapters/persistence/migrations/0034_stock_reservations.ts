import { type Kysely, sql } from 'kysely'
import { type Dialect, oneOf, required } from '../dialect.ts'

export const up = (db: Kysely<unknown>, { table, text, integer }: Dialect): Promise<void> =>
  table(db, 'stock_reservations', 'clustered')
    .addColumn('order_id', text(64), required)
    .addColumn('sku', text(64), required)
    .addColumn('quantity', integer, required)
    .addColumn('status', text(16), required)
    .addColumn('created_at', integer, required)
    .addColumn('updated_at', integer, required)
    .addPrimaryKeyConstraint('stock_reservations_pk', ['order_id', 'sku'])
    .addForeignKeyConstraint('stock_reservations_order', ['order_id'], 'orders', ['id'])
    .addForeignKeyConstraint('stock_reservations_sku', ['sku'], 'stock', ['sku'])
    .addCheckConstraint('stock_reservations_quantity', sql`quantity > 0`)
    .addCheckConstraint('stock_reservations_status', oneOf('status', ['held', 'sold', 'released', 'restored']))
    .execute()
