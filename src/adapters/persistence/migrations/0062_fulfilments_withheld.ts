import { type Kysely, sql } from 'kysely'
import type { Dialect } from '../dialect.ts'

/** Points taken out of what the delivery credited. */
export const up = (db: Kysely<unknown>, { integer }: Dialect): Promise<void> =>
  db.schema
    .alterTable('fulfilments')
    .addColumn('withheld', integer, (column) => column.notNull().defaultTo(0).check(sql`withheld >= 0`))
    .execute()
