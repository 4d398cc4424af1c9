import { type Kysely, sql } from 'kysely'
import { type Dialect, required } from '../dialect.ts'

/** Of the token only its SHA-256 is kept: whoever reads the table can't sign in with it. */
export const up = (db: Kysely<unknown>, { table, text, integer }: Dialect): Promise<void> =>
  table(db, 'operator_sessions')
    .addColumn('id', text(64), required)
    .addColumn('token_hash', text(64), required)
    .addColumn('operator_id', text(64), required)
    .addColumn('ip', text(64), required)
    .addColumn('user_agent', text(256))
    .addColumn('created_at', integer, required)
    .addColumn('seen_at', integer, required)
    .addColumn('expires_at', integer, required)
    .addPrimaryKeyConstraint('operator_sessions_pk', ['id'])
    .addUniqueConstraint('operator_sessions_token', ['token_hash'])
    .addCheckConstraint('operator_sessions_times', sql`created_at <= seen_at and created_at < expires_at`)
    .execute()
