import { type Kysely, sql } from 'kysely'
import { type Dialect, required } from '../dialect.ts'

export const up = (db: Kysely<unknown>, { table, text, longText, integer, numbered }: Dialect): Promise<void> =>
  table(db, 'broker_queue')
    .addColumn('position', integer, numbered)
    .addColumn('event_id', text(64), required)
    .addColumn('type', text(64), required)
    .addColumn('stream', text(128), required)
    .addColumn('seq', integer, required)
    .addColumn('body', longText, required)
    .addColumn('happened_at', integer, required)
    .addColumn('created_at', integer, required)
    .addUniqueConstraint('broker_queue_event', ['event_id'])
    .addCheckConstraint('broker_queue_seq', sql`seq > 0`)
    .execute()
