import { type Kysely, sql } from 'kysely'
import { type Dialect, oneOf, required } from '../dialect.ts'

export const up = (db: Kysely<unknown>, { table, text, longText, integer, numbered }: Dialect): Promise<void> =>
  table(db, 'events')
    .addColumn('position', integer, numbered)
    .addColumn('id', text(64), required)
    .addColumn('stream', text(128), required)
    .addColumn('seq', integer, required)
    .addColumn('type', text(64), required)
    .addColumn('data', longText, required)
    .addColumn('cause_kind', text(16), required)
    .addColumn('cause_actor', text(128), required)
    .addColumn('created_at', integer, required)
    .addColumn('published_at', integer)
    .addUniqueConstraint('events_id', ['id'])
    .addUniqueConstraint('events_number', ['stream', 'seq'])
    .addCheckConstraint('events_seq', sql`seq > 0`)
    .addCheckConstraint('events_cause', oneOf('cause_kind', ['notification', 'query', 'request', 'timer', 'admin']))
    .execute()
