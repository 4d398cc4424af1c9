import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema
    .createIndex('products_on_sale')
    .on('products')
    .columns(['active', 'sort_order', 'created_at', 'id'])
    .execute()
