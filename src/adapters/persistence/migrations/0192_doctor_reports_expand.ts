import type { Kysely } from 'kysely'
import { type Dialect, required } from '../dialect.ts'

/** What the doctor has found the last time. */
export const up = (db: Kysely<unknown>, { table, text, longText, integer }: Dialect): Promise<void> =>
  table(db, 'doctor_reports')
    .addColumn('id', text(16), required)
    .addColumn('findings', longText, required)
    .addColumn('started_at', integer, required)
    .addColumn('finished_at', integer, required)
    .addPrimaryKeyConstraint('doctor_reports_pk', ['id'])
    .execute()
