import type { Kysely } from 'kysely'

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema
    .createIndex('webhook_deliveries_by_stream')
    .on('webhook_deliveries')
    .columns(['stream', 'seq', 'endpoint_id'])
    .execute()
