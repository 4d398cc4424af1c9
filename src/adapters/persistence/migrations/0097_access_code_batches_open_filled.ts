import { type Kysely, sql } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<unknown> =>
  sql`update access_code_batches set open = 1 where made < size`.execute(db)
