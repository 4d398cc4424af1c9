import { type Kysely, sql } from 'kysely'
import { type Dialect, required } from '../dialect.ts'

/** Only what an operator has set; the rest is as the code has it. */
export const up = (db: Kysely<unknown>, { table, text, longText, integer }: Dialect): Promise<void> =>
  table(db, 'risk_settings')
    .addColumn('name', text(32), required)
    .addColumn('setting', longText, required)
    .addColumn('updated_at', integer, required)
    .addColumn('version', integer, required)
    .addPrimaryKeyConstraint('risk_settings_pk', ['name'])
    .addCheckConstraint('risk_settings_version', sql`version > 0`)
    .execute()
