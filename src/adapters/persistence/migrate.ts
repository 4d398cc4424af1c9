import { type Kysely, sql } from 'kysely'
import { Migrator } from 'kysely/migration'
import type { Dialect } from './dialect.ts'
import { MIGRATIONS } from './migrations.ts'

/**
 * Brings the schema up to this build; the caller holds whatever keeps a second process from doing the same. `wasDone`
 * knows the error of a step that was done before but not noted.
 */
export const migrate = async <T>(
  db: Kysely<T>,
  dialect: Dialect,
  wasDone: (error: unknown) => boolean = () => false,
): Promise<void> => {
  const steps = Object.entries(MIGRATIONS).map(([name, { up }]) => [
    name,
    {
      async up(connection: Kysely<unknown>) {
        try {
          await up(connection, dialect)
        } catch (error) {
          if (!wasDone(error)) throw error
        }
      },
    },
  ])
  const provider = { getMigrations: () => Promise.resolve(Object.fromEntries(steps)) }
  const { error } = await new Migrator({ db, provider }).migrateToLatest()
  if (error !== undefined) throw new Error('the schema could not be brought up to this build', { cause: error })
}

/** Refuses a schema that is older, newer or half migrated. */
export const assertSchema = async <T>(db: Kysely<T>): Promise<void> => {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true })
  const found = tables.some(({ name }) => name === 'kysely_migration')
    ? await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db)
    : { rows: [] }
  const names = found.rows.map(({ name }) => name)
  const known = Object.keys(MIGRATIONS)
  const missing = known.filter((name) => !names.includes(name))
  const unknown = names.filter((name) => !known.includes(name))
  if (missing.length > 0 || unknown.length > 0)
    throw new Error(
      `the database has another schema than this build: missing ${list(missing)}; unknown ${list(unknown)}`,
    )
}

const list = (names: readonly string[]): string => (names.length === 0 ? 'none' : names.join(', '))
