import { type Kysely, sql } from 'kysely'
import type { Dialect } from '../dialect.ts'

/** An available code nobody can use while the refund of its order is under way. */
export const up = (db: Kysely<unknown>, { integer }: Dialect): Promise<void> =>
  db.schema
    .alterTable('access_codes')
    .addColumn('frozen', integer, (column) => column.notNull().defaultTo(0).check(sql`frozen = 0 or frozen = 1`))
    .execute()
