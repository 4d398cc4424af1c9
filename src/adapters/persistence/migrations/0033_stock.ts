import { type Kysely, sql } from 'kysely'
import { type Dialect, required } from '../dialect.ts'

export const up = (db: Kysely<unknown>, { table, text, integer }: Dialect): Promise<void> =>
  table(db, 'stock', 'clustered')
    .addColumn('sku', text(64), required)
    .addColumn('on_hand', integer, required)
    .addColumn('reserved', integer, required)
    .addColumn('updated_at', integer, required)
    .addColumn('version', integer, required)
    .addPrimaryKeyConstraint('stock_pk', ['sku'])
    .addCheckConstraint('stock_on_hand', sql`on_hand >= 0`)
    .addCheckConstraint('stock_reserved', sql`reserved >= 0`)
    .addCheckConstraint('stock_available', sql`reserved <= on_hand`)
    .execute()
