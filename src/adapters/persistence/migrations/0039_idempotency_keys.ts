import { type Kysely, sql } from 'kysely'
import { type Dialect, required } from '../dialect.ts'

export const up = (db: Kysely<unknown>, { table, text, longText, integer }: Dialect): Promise<void> =>
  table(db, 'idempotency_keys')
    .addColumn('caller', text(192), required)
    .addColumn('route', text(255), required)
    .addColumn('idempotency_key', text(255), required)
    .addColumn('request_hash', text(128), required)
    .addColumn('resource_id', text(64), required)
    .addColumn('answer_status', integer)
    .addColumn('answer_body', longText)
    .addColumn('leased_until', integer, required)
    .addColumn('touched_at', integer, required)
    .addPrimaryKeyConstraint('idempotency_keys_pk', ['caller', 'route', 'idempotency_key'])
    .addCheckConstraint('idempotency_keys_answer', sql`(answer_status is null) = (answer_body is null)`)
    .execute()
