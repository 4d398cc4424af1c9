import { type Kysely, sql } from 'kysely'
import { type Dialect, oneOf, required } from '../dialect.ts'

export const up = (db: Kysely<unknown>, { table, text, longText, integer }: Dialect): Promise<void> =>
  table(db, 'payment_transactions')
    .addColumn('id', text(64), required)
    .addColumn('provider', text(16), required)
    .addColumn('transaction_id', text(64), required)
    .addColumn('out_trade_no', text(64), required)
    .addColumn('payment_id', text(64))
    .addColumn('order_id', text(64))
    .addColumn('merchant_id', text(64), required)
    .addColumn('app_id', text(64), required)
    .addColumn('amount_fen', integer, required)
    .addColumn('currency', text(3), required)
    .addColumn('disposition', text(32), required)
    .addColumn('payer', longText)
    .addColumn('source', text(16), required)
    .addColumn('paid_at', integer, required)
    .addColumn('created_at', integer, required)
    .addPrimaryKeyConstraint('payment_transactions_pk', ['id'])
    .addUniqueConstraint('payment_transactions_receipt', ['provider', 'transaction_id'])
    .addForeignKeyConstraint('payment_transactions_payment', ['payment_id'], 'payments', ['id'])
    .addForeignKeyConstraint('payment_transactions_order', ['order_id'], 'orders', ['id'])
    .addCheckConstraint('payment_transactions_provider', oneOf('provider', ['wechat', 'alipay', 'points']))
    .addCheckConstraint('payment_transactions_amount', sql`amount_fen >= 0`)
    .addCheckConstraint('payment_transactions_currency', oneOf('currency', ['CNY']))
    .addCheckConstraint(
      'payment_transactions_disposition',
      oneOf('disposition', [
        'settled',
        'honoured',
        'surplus',
        'late',
        'amount_mismatch',
        'unknown_order',
        'contradiction',
      ]),
    )
    .addCheckConstraint('payment_transactions_source', oneOf('source', ['notification', 'query', 'ledger']))
    .execute()
