import { type Kysely, sql } from 'kysely'
import { type Dialect, oneOf, required } from '../dialect.ts'

export const up = (db: Kysely<unknown>, { table, text, longText, integer }: Dialect): Promise<void> =>
  table(db, 'access_codes')
    .addColumn('id', text(64), required)
    .addColumn('product_id', text(64), required)
    .addColumn('validity_days', integer, required)
    .addColumn('origin', text(16), required)
    .addColumn('order_id', text(64))
    .addColumn('buyer_id', text(128))
    .addColumn('batch_id', text(64))
    .addColumn('text', longText, required)
    .addColumn('text_hash', text(128), required)
    .addColumn('status', text(16), required)
    .addColumn('activated_by', text(128))
    .addColumn('activated_at', integer)
    .addColumn('expires_at', integer)
    .addColumn('created_at', integer, required)
    .addColumn('updated_at', integer, required)
    .addColumn('version', integer, required)
    .addPrimaryKeyConstraint('access_codes_pk', ['id'])
    .addUniqueConstraint('access_codes_text', ['text_hash'])
    .addForeignKeyConstraint('access_codes_order', ['order_id'], 'orders', ['id'])
    .addCheckConstraint('access_codes_validity', sql`validity_days > 0`)
    .addCheckConstraint('access_codes_origin', oneOf('origin', ['order', 'batch']))
    .addCheckConstraint(
      'access_codes_bought',
      sql`(order_id is not null and buyer_id is not null) = (origin = 'order')`,
    )
    .addCheckConstraint('access_codes_made', sql`(batch_id is not null) = (origin = 'batch')`)
    .addCheckConstraint('access_codes_status', oneOf('status', ['available', 'activated', 'expired', 'revoked']))
    .addCheckConstraint(
      'access_codes_activated',
      sql`(activated_by is not null and activated_at is not null) = (status = 'activated')`,
    )
    .execute()
