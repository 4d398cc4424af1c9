import { type Kysely, sql } from 'kysely'
import { type Dialect, oneOf, required } from '../dialect.ts'

export const up = (db: Kysely<unknown>, { table, text, integer }: Dialect): Promise<void> =>
  table(db, 'orders')
    .addColumn('id', text(64), required)
    .addColumn('user_id', text(128), required)
    .addColumn('status', text(32), required)
    .addColumn('amount_fen', integer, required)
    .addColumn('refunded_fen', integer, required)
    .addColumn('currency', text(3), required)
    .addColumn('payment_id', text(64))
    .addColumn('paid_at', integer)
    .addColumn('cancelled_at', integer)
    .addColumn('expired_at', integer)
    .addColumn('expires_at', integer, required)
    .addColumn('created_at', integer, required)
    .addColumn('updated_at', integer, required)
    .addColumn('version', integer, required)
    .addPrimaryKeyConstraint('orders_pk', ['id'])
    .addCheckConstraint('orders_amount', sql`amount_fen >= 0`)
    .addCheckConstraint('orders_refunded', sql`refunded_fen >= 0 and refunded_fen <= amount_fen`)
    .addCheckConstraint('orders_currency', oneOf('currency', ['CNY']))
    .addCheckConstraint(
      'orders_status',
      oneOf('status', ['pending', 'cancelled', 'expired', 'paid', 'partially_refunded', 'refunded']),
    )
    .addCheckConstraint(
      'orders_paid',
      sql`(payment_id is not null and paid_at is not null) = ${oneOf('status', ['paid', 'partially_refunded', 'refunded'])}`,
    )
    .addCheckConstraint('orders_cancelled', sql`(cancelled_at is not null) = (status = 'cancelled')`)
    .addCheckConstraint('orders_expired', sql`(expired_at is not null) = (status = 'expired')`)
    .execute()
