import { type Kysely, sql } from 'kysely'
import { type Dialect, oneOf, required } from '../dialect.ts'

export const up = (db: Kysely<unknown>, { table, text, longText, integer }: Dialect): Promise<void> =>
  table(db, 'webhook_deliveries')
    .addColumn('id', text(64), required)
    .addColumn('endpoint_id', text(64), required)
    .addColumn('event_id', text(64), required)
    .addColumn('type', text(64), required)
    .addColumn('stream', text(128), required)
    .addColumn('seq', integer, required)
    .addColumn('body', longText, required)
    .addColumn('status', text(16), required)
    .addColumn('attempts', integer, required)
    .addColumn('failures', integer, required)
    .addColumn('due_at', integer)
    .addColumn('last_attempt_at', integer)
    .addColumn('last_status_code', integer)
    .addColumn('last_error', longText)
    .addColumn('created_at', integer, required)
    .addColumn('updated_at', integer, required)
    .addColumn('version', integer, required)
    .addPrimaryKeyConstraint('webhook_deliveries_pk', ['id'])
    .addUniqueConstraint('webhook_deliveries_event', ['endpoint_id', 'event_id'])
    .addForeignKeyConstraint('webhook_deliveries_endpoint', ['endpoint_id'], 'webhook_endpoints', ['id'])
    .addCheckConstraint('webhook_deliveries_seq', sql`seq > 0`)
    .addCheckConstraint('webhook_deliveries_status', oneOf('status', ['due', 'delivered', 'parked']))
    .addCheckConstraint('webhook_deliveries_due', sql`(due_at is not null) = (status = 'due')`)
    .addCheckConstraint('webhook_deliveries_failures', sql`failures >= 0 and failures <= attempts`)
    .addCheckConstraint('webhook_deliveries_delivered', sql`status <> 'delivered' or last_attempt_at is not null`)
    .addCheckConstraint(
      'webhook_deliveries_attempt',
      sql`last_attempt_at is not null or (last_status_code is null and last_error is null)`,
    )
    .execute()
