import { type ColumnDefinitionBuilder, type CreateTableBuilder, type Expression, type Kysely, sql } from 'kysely'

type ColumnType = Parameters<CreateTableBuilder<string>['addColumn']>[1]

/** What SQLite and MySQL spell differently in the definition of a table. */
export type Dialect = {
  /** At most so many characters, compared exactly. */
  readonly text: (length: number) => ColumnType
  /** Without a limit that anything of ours reaches. */
  readonly longText: ColumnType
  /** 64 bits: times, money, counters and flags. */
  readonly integer: ColumnType
  /** A primary key that numbers the rows in the order of their insertion. */
  readonly numbered: (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder
  /** A table of this kind; `clustered` keeps small rows in their primary key's own tree. */
  readonly table: (db: Kysely<unknown>, name: string, kind?: 'heap' | 'clustered') => CreateTableBuilder<string>
}

export const required = (column: ColumnDefinitionBuilder): ColumnDefinitionBuilder => column.notNull()

export const sqliteDialect: Dialect = {
  text: () => 'text',
  longText: 'text',
  integer: 'integer',
  numbered: (column) => column.primaryKey(),
  table: (db, name, kind = 'heap') =>
    db.schema.createTable(name).modifyEnd(kind === 'clustered' ? sql`strict, without rowid` : sql`strict`),
}

/** The collation has to compare bytes and must not pad: `utf8mb4_0900_bin` on MySQL, `utf8mb4_nopad_bin` on MariaDB. */
export const mysqlDialect = (collation: 'utf8mb4_0900_bin' | 'utf8mb4_nopad_bin'): Dialect => ({
  text: (length) => `varchar(${length})`,
  longText: sql`mediumtext`,
  integer: 'bigint',
  numbered: (column) => column.autoIncrement().primaryKey(),
  table: (db, name) =>
    db.schema
      .createTable(name)
      .modifyEnd(sql`engine = InnoDB default character set utf8mb4 collate ${sql.raw(collation)}`),
})

/** A CHECK that the column holds one of these words. SQLite would fill a table with the words of an `in` at each write. */
export const oneOf = (column: string, words: readonly string[]): Expression<boolean> =>
  sql<boolean>`(${sql.join(
    words.map((word) => sql`${sql.ref(column)} = ${sql.lit(word)}`),
    sql` or `,
  )})`
