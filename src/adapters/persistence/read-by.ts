import { type Kysely, MysqlAdapter, type RawBuilder, type SelectQueryBuilder, sql } from 'kysely'
import type { DB, TableName } from './schema.ts'

/** The index that leads to a page: that of the first of these columns that is given, else of the age alone. */
export const indexFor = (table: TableName, columns: Readonly<Record<string, unknown>>): string =>
  `${table}_by_${Object.keys(columns).find((name) => columns[name] !== undefined) ?? 'age'}`

/**
 * Has MySQL find the place of a page in this index. Left alone it takes only the columns that have to be equal, and walks
 * from the newest row to the page, however deep that lies; SQLite takes them all.
 */
export const hint = (builder: Kysely<DB>, index: string | undefined): RawBuilder<unknown> =>
  index !== undefined && builder.getExecutor().adapter instanceof MysqlAdapter
    ? sql`force index (${sql.ref(index)})`
    : sql``

/** A table that is read by this index. */
export const readBy = <T extends TableName>(
  builder: Kysely<DB>,
  table: T,
  index: string | undefined,
): SelectQueryBuilder<DB, T, object> => {
  const name = sql.table(table)
  return builder.selectFrom(name.as(sql`${name} ${hint(builder, index)}`))
}
