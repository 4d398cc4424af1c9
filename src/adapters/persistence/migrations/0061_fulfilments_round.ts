import { type Kysely, sql } from 'kysely'
import type { Dialect } from '../dialect.ts'

/** How often the delivery has changed. */
export const up = (db: Kysely<unknown>, { integer }: Dialect): Promise<void> =>
  db.schema
    .alterTable('fulfilments')
    .addColumn('round', integer, (column) => column.notNull().defaultTo(0).check(sql`round >= 0`))
    .execute()
