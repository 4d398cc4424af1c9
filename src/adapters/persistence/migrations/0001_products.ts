import { type Kysely, sql } from 'kysely'
import { type Dialect, oneOf, required } from '../dialect.ts'

export const up = (db: Kysely<unknown>, { table, text, longText, integer }: Dialect): Promise<void> =>
  table(db, 'products')
    .addColumn('id', text(64), required)
    .addColumn('name', text(255), required)
    .addColumn('description', longText, required)
    .addColumn('price_fen', integer, required)
    .addColumn('currency', text(3), required)
    .addColumn('active', integer, required)
    .addColumn('sort_order', integer, required)
    .addColumn('fulfilment', longText, required)
    .addColumn('created_at', integer, required)
    .addColumn('updated_at', integer, required)
    .addColumn('version', integer, required)
    .addPrimaryKeyConstraint('products_pk', ['id'])
    .addCheckConstraint('products_price', sql`price_fen >= 0`)
    .addCheckConstraint('products_currency', oneOf('currency', ['CNY']))
    .addCheckConstraint('products_active', sql`active in (0, 1)`)
    .execute()
