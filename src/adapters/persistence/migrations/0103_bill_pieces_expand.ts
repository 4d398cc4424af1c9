import { type Kysely, sql } from 'kysely'
import { type Dialect, required } from '../dialect.ts'

export const up = (db: Kysely<unknown>, { table, text, longText, integer }: Dialect): Promise<void> =>
  table(db, 'bill_pieces')
    .addColumn('bill_id', text(64), required)
    .addColumn('piece', integer, required)
    .addColumn('content', longText, required)
    .addPrimaryKeyConstraint('bill_pieces_pk', ['bill_id', 'piece'])
    .addForeignKeyConstraint('bill_pieces_bill', ['bill_id'], 'bills', ['id'])
    .addCheckConstraint('bill_pieces_piece', sql`piece >= 0`)
    .execute()
