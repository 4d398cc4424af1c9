import type { Kysely } from 'kysely'
import { type Dialect, oneOf, required } from '../dialect.ts'

/** One row for each rule that matched in a decision, so that the decisions of a rule are found by an index. */
export const up = (db: Kysely<unknown>, { table, text, integer }: Dialect): Promise<void> =>
  table(db, 'risk_hits', 'clustered')
    .addColumn('decision_id', text(64), required)
    .addColumn('rule', text(32), required)
    .addColumn('mode', text(16), required)
    .addColumn('outcome', text(16), required)
    .addColumn('order_id', text(64))
    .addColumn('created_at', integer, required)
    .addPrimaryKeyConstraint('risk_hits_pk', ['decision_id', 'rule'])
    .addForeignKeyConstraint('risk_hits_decision', ['decision_id'], 'risk_decisions', ['id'])
    .addCheckConstraint('risk_hits_mode', oneOf('mode', ['shadow', 'on']))
    .addCheckConstraint('risk_hits_outcome', oneOf('outcome', ['allow', 'review', 'deny']))
    .execute()
