import type { Kysely } from 'kysely'
import type { Dialect } from '../dialect.ts'

export const up = (db: Kysely<unknown>, { integer }: Dialect): Promise<void> =>
  db.schema
    .alterTable('notifications')
    .addColumn('retries', integer, (column) => column.notNull().defaultTo(0))
    .execute()
