import { DummyDriver, Kysely, MysqlAdapter, MysqlDialect, MysqlIntrospector, MysqlQueryCompiler } from 'kysely'
import type { Pool } from 'mysql2'
import type { DB } from './schema.ts'

/** Kysely without a connection: it only builds the statements. */
export const mysqlBuilder = (): Kysely<DB> =>
  new Kysely<DB>({
    dialect: {
      createAdapter: () => new MysqlAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new MysqlIntrospector(db),
      createQueryCompiler: () => new MysqlQueryCompiler(),
    },
  })

/** Kysely on a pool, for the migrations. */
export const mysqlKysely = (pool: Pool): Kysely<DB> => new Kysely<DB>({ dialect: new MysqlDialect({ pool }) })
