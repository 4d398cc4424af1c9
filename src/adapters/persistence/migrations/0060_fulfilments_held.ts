import { type Kysely, sql } from 'kysely'
import type { Dialect } from '../dialect.ts'

/** A delivery nothing of which can be used up while a refund of the whole order is under way. */
export const up = (db: Kysely<unknown>, { integer }: Dialect): Promise<void> =>
  db.schema
    .alterTable('fulfilments')
    .addColumn('held', integer, (column) => column.notNull().defaultTo(0).check(sql`held = 0 or held = 1`))
    .execute()
