import type Database from 'better-sqlite3'
import { Kysely, type QueryCompiler, SqliteDialect, SqliteQueryCompiler } from 'kysely'
import type { DB } from './schema.ts'

/** Kysely on one connection: it builds the statements and runs the migrations. */
export const sqliteBuilder = (database: Database.Database): Kysely<DB> =>
  new Kysely<DB>({ dialect: new PlanOnceDialect({ database }) })

class PlanOnceDialect extends SqliteDialect {
  override createQueryCompiler(): QueryCompiler {
    return new PlanOnceCompiler()
  }
}

/**
 * Writes a parameter as `+?`. SQLite plans a query with an order, a join or a limit anew each time a bare `?` in it is
 * bound, which takes ten times as long as running it; the plus changes nothing else.
 */
class PlanOnceCompiler extends SqliteQueryCompiler {
  protected override getCurrentParameterPlaceholder(): string {
    return '+?'
  }
}
