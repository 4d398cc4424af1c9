import type { Encryption } from '../application/encryption.ts'
import type { Ids } from '../application/ids.ts'
import type { CommitListener } from '../application/transaction.ts'
import { isMysqlUrl } from '../adapters/persistence/mysql-url.ts'
import type { OnStep } from '../adapters/persistence/migrate.ts'
import { migrateMysql, mysqlSchema } from '../adapters/persistence/mysql-migrate.ts'
import { openMysqlStore } from '../adapters/persistence/mysql-store.ts'
import type { SchemaState } from '../adapters/persistence/schema-state.ts'
import { migrateSqlite, sqliteSchema } from '../adapters/persistence/sqlite-migrate.ts'
import { openSqliteStore } from '../adapters/persistence/sqlite-store.ts'
import type { Store } from '../adapters/persistence/store.ts'
import type { CheckOptions } from '../adapters/persistence/invariants/invariant.ts'
import type { Checked, OnChecked } from '../adapters/persistence/verify.ts'
import { verifyMysql } from '../adapters/persistence/verify-mysql.ts'
import { verifySqlite } from '../adapters/persistence/verify-sqlite.ts'
import { type DatabaseSettings, isProduction, type Settings } from './config.ts'

type Options = {
  readonly encryption: Encryption
  readonly ids: Ids
  readonly onCommit?: CommitListener
  /** `false`: the schema has to be there already. */
  readonly migrate: boolean
}

/** The file of an embedded database; none where it is on a server. */
export const databaseFile = ({ DATABASE_URL }: DatabaseSettings): string | undefined =>
  isMysqlUrl(DATABASE_URL) ? undefined : DATABASE_URL.replace(/^sqlite:/, '')

/** Opens the database that the settings name. */
export const openStore = (settings: Settings, options: Options): Promise<Store> => {
  const path = databaseFile(settings)
  if (path !== undefined) return openSqliteStore({ path, ...options })
  // A developer's server may be set up to be fast rather than to keep what it has answered.
  return openMysqlStore({ url: settings.DATABASE_URL, mustBeDurable: isProduction(settings), ...options })
}

/** Checks every invariant on the database that the settings name, whatever else works on it meanwhile. */
export const verifyBooks = (
  settings: DatabaseSettings,
  options: CheckOptions,
  onChecked: OnChecked,
): Promise<readonly Checked[]> => {
  const path = databaseFile(settings)
  return path === undefined
    ? verifyMysql(settings.DATABASE_URL, options, onChecked)
    : verifySqlite(path, options, onChecked)
}

/** The schema of the database that the settings name, as this build sees it. */
export const schemaOf = (settings: DatabaseSettings): Promise<SchemaState> => {
  const path = databaseFile(settings)
  return path === undefined ? mysqlSchema(settings.DATABASE_URL) : sqliteSchema(path)
}

/** Brings that schema up to this build and says which steps it took; two at once do it once. */
export const migrateStore = (settings: DatabaseSettings, onStep: OnStep): Promise<readonly string[]> => {
  const path = databaseFile(settings)
  return path === undefined ? migrateMysql(settings.DATABASE_URL, onStep) : migrateSqlite(path, onStep)
}
