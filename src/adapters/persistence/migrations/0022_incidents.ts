import { type Kysely, sql } from 'kysely'
import { type Dialect, oneOf, required } from '../dialect.ts'

export const up = (db: Kysely<unknown>, { table, text, longText, integer }: Dialect): Promise<void> =>
  table(db, 'incidents')
    .addColumn('id', text(64), required)
    .addColumn('kind', text(32), required)
    .addColumn('provider', text(16), required)
    .addColumn('subject', text(128), required)
    .addColumn('out_trade_no', text(64))
    .addColumn('order_id', text(64))
    .addColumn('evidence', longText, required)
    .addColumn('occurrences', integer, required)
    .addColumn('status', text(16), required)
    .addColumn('first_seen_at', integer, required)
    .addColumn('last_seen_at', integer, required)
    .addPrimaryKeyConstraint('incidents_pk', ['id'])
    .addUniqueConstraint('incidents_same', ['kind', 'provider', 'subject'])
    .addForeignKeyConstraint('incidents_order', ['order_id'], 'orders', ['id'])
    .addCheckConstraint(
      'incidents_kind',
      oneOf('kind', [
        'amount_mismatch',
        'unknown_order',
        'foreign_identity',
        'surplus_payment',
        'late_payment',
        'refund_abnormal',
        'points_shortfall',
        'contradiction',
      ]),
    )
    .addCheckConstraint('incidents_provider', oneOf('provider', ['wechat', 'alipay', 'points']))
    .addCheckConstraint('incidents_occurrences', sql`occurrences > 0`)
    .addCheckConstraint('incidents_status', oneOf('status', ['open', 'resolved']))
    .execute()
