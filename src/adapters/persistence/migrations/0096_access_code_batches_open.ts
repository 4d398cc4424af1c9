import { type Kysely, sql } from 'kysely'
import type { Dialect } from '../dialect.ts'

/** Told apart by a column, since an index knows no comparison of two others. */
export const up = (db: Kysely<unknown>, { integer }: Dialect): Promise<void> =>
  db.schema
    .alterTable('access_code_batches')
    .addColumn('open', integer, (column) => column.notNull().defaultTo(0).check(sql`open = 0 or open = 1`))
    .execute()
