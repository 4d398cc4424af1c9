import { type Kysely, sql } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<unknown> =>
  sql`update orders set due_at = expires_at where status = 'pending'`.execute(db)
