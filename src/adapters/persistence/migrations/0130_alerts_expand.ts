import { type Kysely, sql } from 'kysely'
import { type Dialect, oneOf, required } from '../dialect.ts'

/** The rules are not listed here, so that a new one needs no migration. */
export const up = (db: Kysely<unknown>, { table, text, longText, integer }: Dialect): Promise<void> =>
  table(db, 'alerts')
    .addColumn('id', text(64), required)
    .addColumn('rule', text(64), required)
    .addColumn('subject', text(128), required)
    .addColumn('severity', text(16), required)
    .addColumn('facts', longText, required)
    .addColumn('occurrences', integer, required)
    .addColumn('status', text(16), required)
    .addColumn('first_at', integer, required)
    .addColumn('last_at', integer, required)
    .addColumn('told_at', integer, required)
    .addColumn('told_severity', text(16), required)
    .addColumn('acknowledgement', longText)
    .addColumn('resolved_at', integer)
    .addColumn('version', integer, required)
    .addPrimaryKeyConstraint('alerts_pk', ['id'])
    .addUniqueConstraint('alerts_same', ['rule', 'subject'])
    .addCheckConstraint('alerts_severity', oneOf('severity', ['info', 'warning', 'critical']))
    .addCheckConstraint('alerts_told', oneOf('told_severity', ['info', 'warning', 'critical']))
    .addCheckConstraint('alerts_occurrences', sql`occurrences > 0`)
    .addCheckConstraint('alerts_status', oneOf('status', ['firing', 'resolved']))
    .addCheckConstraint('alerts_resolved', sql`(resolved_at is not null) = (status = 'resolved')`)
    .execute()
