import type { Kysely } from 'kysely'
import { type Dialect, required } from '../dialect.ts'

export const up = (db: Kysely<unknown>, { table, text, longText, integer }: Dialect): Promise<void> =>
  table(db, 'audit')
    .addColumn('id', text(64), required)
    .addColumn('actor', text(128), required)
    .addColumn('action', text(64), required)
    .addColumn('subject', text(128), required)
    .addColumn('reason', longText)
    .addColumn('state_before', longText)
    .addColumn('state_after', longText)
    .addColumn('request_id', text(128), required)
    .addColumn('ip', text(64))
    .addColumn('created_at', integer, required)
    .addPrimaryKeyConstraint('audit_pk', ['id'])
    .execute()
