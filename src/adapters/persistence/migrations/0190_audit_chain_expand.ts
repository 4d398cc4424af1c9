import { type Kysely, sql } from 'kysely'
import { type Dialect, required } from '../dialect.ts'

/** Beside the entries and not in them: what is written once is never written to again, not even to be chained. */
export const up = (db: Kysely<unknown>, { table, text, integer }: Dialect): Promise<void> =>
  table(db, 'audit_chain')
    .addColumn('seq', integer, required)
    .addColumn('audit_id', text(64), required)
    .addColumn('hash', text(64), required)
    .addPrimaryKeyConstraint('audit_chain_pk', ['seq'])
    .addUniqueConstraint('audit_chain_entry', ['audit_id'])
    .addCheckConstraint('audit_chain_seq', sql`seq > 0`)
    .execute()
