import { type Kysely, sql } from 'kysely'
import { type Dialect, oneOf, required } from '../dialect.ts'

export const up = (db: Kysely<unknown>, { table, text, longText, integer }: Dialect): Promise<void> =>
  table(db, 'webhook_endpoints')
    .addColumn('id', text(64), required)
    .addColumn('url', longText, required)
    .addColumn('description', longText, required)
    .addColumn('event_types', longText)
    .addColumn('status', text(16), required)
    .addColumn('reason', text(16))
    .addColumn('secret_id', text(64), required)
    .addColumn('secret', longText, required)
    .addColumn('previous_secret', longText)
    .addColumn('previous_valid_until', integer)
    .addColumn('created_at', integer, required)
    .addColumn('updated_at', integer, required)
    .addColumn('version', integer, required)
    .addPrimaryKeyConstraint('webhook_endpoints_pk', ['id'])
    .addCheckConstraint('webhook_endpoints_status', oneOf('status', ['enabled', 'disabled', 'deleted']))
    .addCheckConstraint('webhook_endpoints_reason', sql`(reason is not null) = (status = 'disabled')`)
    .addCheckConstraint('webhook_endpoints_reasons', sql`reason is null or ${oneOf('reason', ['operator', 'gone'])}`)
    .addCheckConstraint(
      'webhook_endpoints_previous',
      sql`(previous_secret is not null) = (previous_valid_until is not null)`,
    )
    .execute()
