import type { Clock } from '../application/clock.ts'
import type { DatabaseCheckup } from '../application/doctor/check-store.ts'
import type { Encryption } from '../application/encryption.ts'
import type { Ids } from '../application/ids.ts'
import type { CommitListener } from '../application/transaction.ts'
import { isMysqlUrl } from '../adapters/persistence/mysql-url.ts'
import type { WatchStatements } from '../adapters/persistence/executor.ts'
import type { OnStep } from '../adapters/persistence/migrate.ts'
import type { SealedDatabase } from '../adapters/persistence/rotation/rotate-keys.ts'
import type { SchemaState } from '../adapters/persistence/schema-state.ts'
import type { Store } from '../adapters/persistence/store.ts'
import type { CheckOptions } from '../adapters/persistence/invariants/invariant.ts'
import type { Checked, OnChecked } from '../adapters/persistence/verify.ts'
import { compareHere, type CompareBills } from './compare-bills.ts'
import { compareInThread } from './compare-in-thread.ts'
import { type DatabaseSettings, isProduction, type Settings } from './config.ts'
import type { Secrets } from './secrets.ts'

type Options = {
  readonly encryption: Encryption
  readonly ids: Ids
  readonly onCommit?: CommitListener
  readonly watched?: WatchStatements
  /** `false`: the schema has to be there already. */
  readonly migrate: boolean
  /** Of an embedded database. */
  readonly cacheKib?: number
}

/** The file of an embedded database; none where it is on a server. */
export const databaseFile = ({ DATABASE_URL }: DatabaseSettings): string | undefined =>
  isMysqlUrl(DATABASE_URL) ? undefined : DATABASE_URL.replace(/^sqlite:/, '')

/** Opens the database that the settings name; the driver of another kind is not even loaded. */
export const openStore = async (settings: Settings, options: Options): Promise<Store> => {
  const path = databaseFile(settings)
  if (path !== undefined) {
    const { openSqliteStore } = await import('../adapters/persistence/sqlite-store.ts')
    return openSqliteStore({ path, ...options })
  }
  const { openMysqlStore } = await import('../adapters/persistence/mysql-store.ts')
  // A developer's server may be set up to be fast rather than to keep what it has answered.
  return openMysqlStore({ url: settings.DATABASE_URL, mustBeDurable: isProduction(settings), ...options })
}

/** How bills are held against the books of that database: nobody else can look into one that lies in memory. */
export const compareBillsOf = (
  settings: DatabaseSettings,
  { encryptionKeys }: Pick<Secrets, 'encryptionKeys'>,
): CompareBills =>
  databaseFile(settings) === ':memory:'
    ? compareHere
    : compareInThread({ databaseUrl: settings.DATABASE_URL, encryptionKeys })

/** Opens that database to seal its values anew, whatever else works on it meanwhile. */
export const openSealed = async (settings: DatabaseSettings): Promise<SealedDatabase> => {
  const path = databaseFile(settings)
  if (path !== undefined) {
    const { openSealedSqlite } = await import('../adapters/persistence/rotation/sealed-sqlite.ts')
    return openSealedSqlite(path)
  }
  const { openSealedMysql } = await import('../adapters/persistence/rotation/sealed-mysql.ts')
  return openSealedMysql(settings.DATABASE_URL)
}

/** Checks every invariant on the database that the settings name, whatever else works on it meanwhile. */
export const verifyBooks = async (
  settings: DatabaseSettings,
  options: CheckOptions,
  onChecked: OnChecked,
): Promise<readonly Checked[]> => {
  const path = databaseFile(settings)
  if (path === undefined) {
    const { verifyMysql } = await import('../adapters/persistence/verify-mysql.ts')
    return verifyMysql(settings.DATABASE_URL, options, onChecked)
  }
  const { verifySqlite } = await import('../adapters/persistence/verify-sqlite.ts')
  return verifySqlite(path, options, onChecked)
}

/** The schema of the database that the settings name, as this build sees it. */
export const schemaOf = async (settings: DatabaseSettings): Promise<SchemaState> => {
  const path = databaseFile(settings)
  if (path === undefined) {
    const { mysqlSchema } = await import('../adapters/persistence/mysql-migrate.ts')
    return mysqlSchema(settings.DATABASE_URL)
  }
  const { sqliteSchema } = await import('../adapters/persistence/sqlite-migrate.ts')
  return sqliteSchema(path)
}

/** How that database is looked at by the doctor. */
export const databaseCheckupOf = async (settings: DatabaseSettings, clock: Clock): Promise<DatabaseCheckup> => {
  const path = databaseFile(settings)
  if (path === undefined) {
    const { mysqlCheckup } = await import('../adapters/persistence/mysql-checkup.ts')
    return mysqlCheckup(settings.DATABASE_URL, clock)
  }
  const { sqliteCheckup } = await import('../adapters/persistence/sqlite-checkup.ts')
  return sqliteCheckup(path)
}

/** Brings that schema up to this build and says which steps it took; two at once do it once. */
export const migrateStore = async (settings: DatabaseSettings, onStep: OnStep): Promise<readonly string[]> => {
  const path = databaseFile(settings)
  if (path === undefined) {
    const { migrateMysql } = await import('../adapters/persistence/mysql-migrate.ts')
    return migrateMysql(settings.DATABASE_URL, onStep)
  }
  const { migrateSqlite } = await import('../adapters/persistence/sqlite-migrate.ts')
  return migrateSqlite(path, onStep)
}
