import { type Kysely, sql } from 'kysely'
import { type Dialect, oneOf, required } from '../dialect.ts'

export const up = (db: Kysely<unknown>, { table, text, longText, integer }: Dialect): Promise<void> =>
  table(db, 'payments')
    .addColumn('id', text(64), required)
    .addColumn('order_id', text(64), required)
    .addColumn('user_id', text(128), required)
    .addColumn('provider', text(16), required)
    .addColumn('method', text(32), required)
    .addColumn('out_trade_no', text(64), required)
    // Set while it is pending only, so that an order has one open attempt for each method.
    .addColumn('open_key', text(128))
    .addColumn('status', text(32), required)
    .addColumn('amount_fen', integer, required)
    .addColumn('refunded_fen', integer, required)
    .addColumn('currency', text(3), required)
    .addColumn('merchant_id', text(64), required)
    .addColumn('app_id', text(64), required)
    .addColumn('credentials_version', text(64), required)
    .addColumn('subject', text(255), required)
    .addColumn('notify_url', longText, required)
    .addColumn('return_url', longText)
    .addColumn('openid', longText)
    .addColumn('client_ip', text(64))
    .addColumn('transaction_id', text(64))
    .addColumn('paid_at', integer)
    .addColumn('failure_reason', longText)
    .addColumn('expires_at', integer, required)
    .addColumn('created_at', integer, required)
    .addColumn('updated_at', integer, required)
    .addColumn('version', integer, required)
    .addPrimaryKeyConstraint('payments_pk', ['id'])
    .addUniqueConstraint('payments_out_trade_no', ['out_trade_no'])
    .addUniqueConstraint('payments_open_key', ['open_key'])
    .addForeignKeyConstraint('payments_order', ['order_id'], 'orders', ['id'])
    .addCheckConstraint('payments_provider', oneOf('provider', ['wechat', 'alipay', 'points']))
    .addCheckConstraint('payments_amount', sql`amount_fen >= 0`)
    .addCheckConstraint('payments_refunded', sql`refunded_fen >= 0 and refunded_fen <= amount_fen`)
    .addCheckConstraint('payments_currency', oneOf('currency', ['CNY']))
    .addCheckConstraint(
      'payments_status',
      oneOf('status', ['pending', 'failed', 'closed', 'paid', 'partially_refunded', 'refunded']),
    )
    .addCheckConstraint('payments_open', sql`(open_key is not null) = (status = 'pending')`)
    .addCheckConstraint('payments_failed', sql`(failure_reason is not null) = (status = 'failed')`)
    .addCheckConstraint(
      'payments_paid',
      sql`(transaction_id is not null and paid_at is not null) = ${oneOf('status', ['paid', 'partially_refunded', 'refunded'])}`,
    )
    .execute()
