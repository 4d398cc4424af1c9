import { type Kysely, sql } from 'kysely'
import { type Dialect, oneOf, required } from '../dialect.ts'

export const up = (db: Kysely<unknown>, { table, text, integer }: Dialect): Promise<void> =>
  table(db, 'entitlements')
    .addColumn('id', text(64), required)
    .addColumn('user_id', text(128), required)
    .addColumn('product_id', text(64), required)
    .addColumn('source_type', text(16), required)
    .addColumn('source_id', text(128), required)
    .addColumn('starts_at', integer, required)
    .addColumn('expires_at', integer, required)
    .addColumn('revoked_at', integer)
    .addColumn('created_at', integer, required)
    .addPrimaryKeyConstraint('entitlements_pk', ['id'])
    .addUniqueConstraint('entitlements_source', ['source_type', 'source_id'])
    .addCheckConstraint('entitlements_source_type', oneOf('source_type', ['order_line', 'access_code']))
    .addCheckConstraint('entitlements_span', sql`starts_at <= expires_at`)
    .execute()
