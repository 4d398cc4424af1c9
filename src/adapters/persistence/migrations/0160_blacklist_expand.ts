import type { Kysely } from 'kysely'
import { type Dialect, required } from '../dialect.ts'

/** `network` is the first address and the prefix, which one lookup for each prefix of an address finds. */
export const up = (db: Kysely<unknown>, { table, text, longText, integer }: Dialect): Promise<void> =>
  table(db, 'blacklist')
    .addColumn('id', text(64), required)
    .addColumn('network', text(36), required)
    .addColumn('address', text(64), required)
    .addColumn('reason', longText, required)
    .addColumn('expires_at', integer)
    .addColumn('created_by', text(128), required)
    .addColumn('created_at', integer, required)
    .addPrimaryKeyConstraint('blacklist_pk', ['id'])
    .addUniqueConstraint('blacklist_network', ['network'])
    .execute()
