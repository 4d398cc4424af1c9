import { type Kysely, sql } from 'kysely'
import { type Dialect, oneOf, required } from '../dialect.ts'

/** The rules are not listed here, so that a new one needs no migration. */
export const up = (db: Kysely<unknown>, { table, text, longText, integer }: Dialect): Promise<void> =>
  table(db, 'risk_decisions')
    .addColumn('id', text(64), required)
    .addColumn('action', text(32), required)
    .addColumn('user_id', text(128))
    .addColumn('address', text(64))
    .addColumn('order_id', text(64))
    .addColumn('score', integer, required)
    .addColumn('outcome', text(16), required)
    .addColumn('reasons', longText, required)
    .addColumn('refusal_key', text(512))
    .addColumn('created_at', integer, required)
    .addPrimaryKeyConstraint('risk_decisions_pk', ['id'])
    .addUniqueConstraint('risk_decisions_refusal', ['refusal_key'])
    .addCheckConstraint('risk_decisions_outcome', oneOf('outcome', ['allow', 'review', 'deny']))
    .addCheckConstraint('risk_decisions_score', sql`score >= 0`)
    .addCheckConstraint('risk_decisions_refused', sql`(refusal_key is not null) = (outcome = 'deny')`)
    .execute()
