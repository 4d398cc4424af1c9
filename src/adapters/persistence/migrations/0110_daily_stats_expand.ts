import type { Kysely } from 'kysely'
import { type Dialect, oneOf, required } from '../dialect.ts'

const FIGURES = [
  'payments_pending',
  'payments_pending_fen',
  'payments_paid',
  'payments_paid_fen',
  'payments_partially_refunded',
  'payments_partially_refunded_fen',
  'payments_refunded',
  'payments_refunded_fen',
  'payments_failed',
  'payments_failed_fen',
  'payments_closed',
  'payments_closed_fen',
  'paid',
  'paid_fen',
  'paid_ms',
  'refunds_pending',
  'refunds_pending_fen',
  'refunds_processing',
  'refunds_processing_fen',
  'refunds_success',
  'refunds_success_fen',
  'refunds_failed',
  'refunds_failed_fen',
  'refunds_cancelled',
  'refunds_cancelled_fen',
  'returned',
  'returned_fen',
  'callbacks',
  'callbacks_ms',
  'callbacks_slow',
]

/** The figures of a provider's day are the sums over its shards, of which a database with locks of rows has several. */
export const up = (db: Kysely<unknown>, { table, text, integer }: Dialect): Promise<void> => {
  const keyed = table(db, 'daily_stats', 'clustered')
    .addColumn('day', integer, required)
    .addColumn('provider', text(16), required)
    .addColumn('shard', integer, required)
  return FIGURES.reduce(
    (all, figure) => all.addColumn(figure, integer, (column) => column.notNull().defaultTo(0)),
    keyed,
  )
    .addPrimaryKeyConstraint('daily_stats_pk', ['day', 'provider', 'shard'])
    .addCheckConstraint('daily_stats_provider', oneOf('provider', ['wechat', 'alipay', 'points']))
    .execute()
}
