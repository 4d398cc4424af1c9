import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema
    .createIndex('access_codes_by_product')
    .on('access_codes')
    .columns(['product_id', 'created_at', 'id'])
    .execute()
