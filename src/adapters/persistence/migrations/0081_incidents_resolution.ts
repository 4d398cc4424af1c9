import type { Kysely } from 'kysely'
import type { Dialect } from '../dialect.ts'

export const up = (db: Kysely<unknown>, { longText }: Dialect): Promise<void> =>
  db.schema.alterTable('incidents').addColumn('resolution', longText).execute()
