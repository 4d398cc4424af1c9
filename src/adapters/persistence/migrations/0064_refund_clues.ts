import { type Kysely, sql } from 'kysely'
import { type Dialect, required } from '../dialect.ts'

/** An empty number is that of a refund the gateway named none for. */
export const up = (db: Kysely<unknown>, { table, text, integer }: Dialect): Promise<void> =>
  table(db, 'refund_clues', 'clustered')
    .addColumn('payment_id', text(64), required)
    .addColumn('number', text(128), required)
    .addColumn('amount_fen', integer)
    .addColumn('refund_no', text(64))
    .addColumn('due_at', integer)
    .addColumn('attempts', integer, required)
    .addColumn('created_at', integer, required)
    .addPrimaryKeyConstraint('refund_clues_pk', ['payment_id', 'number'])
    // Unique by its last columns alone: it is here for finding what is due.
    .addUniqueConstraint('refund_clues_due', ['due_at', 'payment_id', 'number'])
    .addForeignKeyConstraint('refund_clues_payment', ['payment_id'], 'payments', ['id'])
    .addForeignKeyConstraint('refund_clues_refund', ['refund_no'], 'refunds', ['refund_no'])
    .addCheckConstraint('refund_clues_amount', sql`amount_fen >= 0`)
    .addCheckConstraint('refund_clues_booked', sql`refund_no is null or due_at is null`)
    .addCheckConstraint('refund_clues_attempts', sql`attempts >= 0`)
    .execute()
