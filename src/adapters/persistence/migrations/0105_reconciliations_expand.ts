import { type Kysely, sql } from 'kysely'
import { type Dialect, oneOf, required } from '../dialect.ts'

export const up = (db: Kysely<unknown>, { table, text, longText, integer }: Dialect): Promise<void> =>
  table(db, 'reconciliations')
    .addColumn('id', text(64), required)
    .addColumn('provider', text(16), required)
    .addColumn('bill_day', text(10), required)
    // Set until it ends, so that one day is compared by one run at a time.
    .addColumn('open_key', text(64))
    .addColumn('status', text(16), required)
    .addColumn('requested_by', text(128), required)
    .addColumn('bill_id', text(64))
    .addColumn('reason', longText)
    .addColumn('summary', longText)
    .addColumn('due_at', integer)
    .addColumn('attempts', integer, required)
    .addColumn('created_at', integer, required)
    .addColumn('finished_at', integer)
    .addColumn('updated_at', integer, required)
    .addColumn('version', integer, required)
    .addPrimaryKeyConstraint('reconciliations_pk', ['id'])
    .addUniqueConstraint('reconciliations_open', ['open_key'])
    .addCheckConstraint('reconciliations_status', oneOf('status', ['running', 'waiting', 'completed', 'failed']))
    .addCheckConstraint('reconciliations_key', sql`(open_key is null) = (status in ('completed', 'failed'))`)
    .addCheckConstraint('reconciliations_due', sql`(due_at is null) = (status in ('completed', 'failed'))`)
    .addCheckConstraint('reconciliations_summary', sql`(summary is not null) = (status = 'completed')`)
    .addCheckConstraint(
      'reconciliations_finished',
      sql`(finished_at is not null) = (status in ('completed', 'failed'))`,
    )
    .addCheckConstraint('reconciliations_attempts', sql`attempts >= 0`)
    .execute()
