import { type Kysely, sql } from 'kysely'
import { type Dialect, oneOf, required } from '../dialect.ts'

export const up = (db: Kysely<unknown>, { table, text, integer }: Dialect): Promise<void> =>
  table(db, 'fulfilments', 'clustered')
    .addColumn('order_id', text(64), required)
    .addColumn('line', integer, required)
    .addColumn('kind', text(16), required)
    .addColumn('status', text(16), required)
    .addColumn('delivered_at', integer, required)
    .addColumn('taken_back_at', integer)
    .addPrimaryKeyConstraint('fulfilments_pk', ['order_id', 'line'])
    .addForeignKeyConstraint('fulfilments_order', ['order_id'], 'orders', ['id'])
    .addCheckConstraint('fulfilments_kind', oneOf('kind', ['grant', 'codes', 'points', 'goods']))
    .addCheckConstraint('fulfilments_status', oneOf('status', ['delivered', 'taken_back']))
    .addCheckConstraint('fulfilments_taken_back', sql`(taken_back_at is not null) = (status = 'taken_back')`)
    .execute()
