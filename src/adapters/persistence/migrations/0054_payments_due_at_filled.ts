import { type Kysely, sql } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<unknown> =>
  sql`update payments set due_at = created_at where status = 'pending'`.execute(db)
