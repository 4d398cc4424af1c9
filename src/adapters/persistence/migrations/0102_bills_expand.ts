import { type Kysely, sql } from 'kysely'
import { type Dialect, oneOf, required } from '../dialect.ts'

export const up = (db: Kysely<unknown>, { table, text, longText, integer }: Dialect): Promise<void> =>
  table(db, 'bills')
    .addColumn('id', text(64), required)
    .addColumn('provider', text(16), required)
    .addColumn('bill_day', text(10), required)
    .addColumn('kind', text(16), required)
    .addColumn('format', text(32), required)
    .addColumn('source', text(16), required)
    // As long as it is being written, its own id in place of the hash, which keeps it unique.
    .addColumn('sha256', text(64), required)
    .addColumn('size', integer, required)
    .addColumn('is_whole', integer, required)
    .addColumn('fund_flow', longText)
    .addColumn('created_at', integer, required)
    .addPrimaryKeyConstraint('bills_pk', ['id'])
    .addUniqueConstraint('bills_file', ['provider', 'bill_day', 'kind', 'sha256'])
    .addCheckConstraint('bills_kind', oneOf('kind', ['trade', 'fund_flow']))
    .addCheckConstraint('bills_source', oneOf('source', ['gateway', 'import']))
    .addCheckConstraint('bills_size', sql`size >= 0`)
    .addCheckConstraint('bills_is_whole', sql`is_whole = 0 or is_whole = 1`)
    .execute()
