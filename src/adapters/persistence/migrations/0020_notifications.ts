import type { Kysely } from 'kysely'
import { type Dialect, oneOf, required } from '../dialect.ts'

export const up = (db: Kysely<unknown>, { table, text, longText, integer }: Dialect): Promise<void> =>
  table(db, 'notifications')
    .addColumn('id', text(64), required)
    .addColumn('provider', text(16), required)
    .addColumn('kind', text(16), required)
    .addColumn('notification_id', text(128), required)
    .addColumn('out_trade_no', text(64))
    .addColumn('order_id', text(64))
    .addColumn('verdict', text(32), required)
    .addColumn('headers', longText, required)
    .addColumn('body', longText, required)
    .addColumn('event_at', integer)
    .addColumn('received_at', integer, required)
    .addPrimaryKeyConstraint('notifications_pk', ['id'])
    .addUniqueConstraint('notifications_message', ['provider', 'notification_id'])
    .addForeignKeyConstraint('notifications_order', ['order_id'], 'orders', ['id'])
    .addCheckConstraint('notifications_provider', oneOf('provider', ['wechat', 'alipay', 'points']))
    .addCheckConstraint('notifications_kind', oneOf('kind', ['payment', 'refund', 'other']))
    .addCheckConstraint(
      'notifications_verdict',
      oneOf('verdict', [
        'settled',
        'surplus',
        'late',
        'honoured',
        'refund_settled',
        'recorded',
        'unknown_order',
        'amount_mismatch',
        'foreign_identity',
        'unreadable',
      ]),
    )
    .execute()
