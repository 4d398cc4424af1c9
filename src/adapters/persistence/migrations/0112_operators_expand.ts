import { type Kysely, sql } from 'kysely'
import { type Dialect, oneOf, required } from '../dialect.ts'

/** The hash holds its own parameters, so that another way of hashing needs no migration. */
export const up = (db: Kysely<unknown>, { table, text, integer }: Dialect): Promise<void> =>
  table(db, 'operators')
    .addColumn('id', text(64), required)
    .addColumn('name', text(64), required)
    .addColumn('display_name', text(64), required)
    .addColumn('role', text(16), required)
    .addColumn('status', text(16), required)
    .addColumn('password_hash', text(256), required)
    .addColumn('must_change_password', integer, required)
    .addColumn('password_changed_at', integer, required)
    .addColumn('created_at', integer, required)
    .addColumn('updated_at', integer, required)
    .addColumn('version', integer, required)
    .addPrimaryKeyConstraint('operators_pk', ['id'])
    .addUniqueConstraint('operators_name', ['name'])
    .addCheckConstraint('operators_role', oneOf('role', ['viewer', 'support', 'finance', 'admin']))
    .addCheckConstraint('operators_status', oneOf('status', ['active', 'disabled']))
    .addCheckConstraint('operators_must_change', sql`must_change_password = 0 or must_change_password = 1`)
    .addCheckConstraint('operators_version', sql`version > 0`)
    .execute()
