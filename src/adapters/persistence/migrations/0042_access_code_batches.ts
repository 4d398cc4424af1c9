import { type Kysely, sql } from 'kysely'
import { type Dialect, required } from '../dialect.ts'

export const up = (db: Kysely<unknown>, { table, text, integer }: Dialect): Promise<void> =>
  table(db, 'access_code_batches')
    .addColumn('id', text(64), required)
    .addColumn('product_id', text(64), required)
    .addColumn('validity_days', integer, required)
    .addColumn('size', integer, required)
    .addColumn('made', integer, required)
    .addColumn('expires_at', integer, required)
    .addColumn('created_at', integer, required)
    .addPrimaryKeyConstraint('access_code_batches_pk', ['id'])
    .addCheckConstraint('access_code_batches_validity', sql`validity_days > 0`)
    .addCheckConstraint('access_code_batches_size', sql`size > 0`)
    .addCheckConstraint('access_code_batches_made', sql`made >= 0 and made <= size`)
    .execute()
