import type { Kysely } from 'kysely'
import { Migrator } from 'kysely/migration'
import type { Dialect } from './dialect.ts'
import { MIGRATIONS } from './migrations.ts'
import { schemaState } from './schema-state.ts'

/** Told of each step that is done: how many are by now, and how many were missing. */
export type OnStep = (done: number, total: number) => void

type Options = {
  readonly onStep?: OnStep | undefined
  /** Knows the error of a step that was done before but not noted. */
  readonly wasDone?: (error: unknown) => boolean
}

/**
 * Brings the schema up to this build and says which steps that took; the caller holds whatever keeps a second process
 * from doing the same.
 */
export const migrate = async <T>(
  db: Kysely<T>,
  dialect: Dialect,
  { onStep = () => undefined, wasDone = () => false }: Options = {},
): Promise<readonly string[]> => {
  const { missing, unknown } = await schemaState(db)
  // The migrator knows no step of a newer build; whether this one may run beside such is not its business.
  if (missing.length === 0 || unknown.length > 0) return []
  let done = 0
  const steps = Object.entries(MIGRATIONS).map(([name, { up }]) => [
    name,
    {
      async up(connection: Kysely<unknown>) {
        try {
          await up(connection, dialect)
        } catch (error) {
          if (!wasDone(error)) throw error
        }
        done += 1
        onStep(done, missing.length)
      },
    },
  ])
  const provider = { getMigrations: () => Promise.resolve(Object.fromEntries(steps)) }
  const { error, results = [] } = await new Migrator({ db, provider }).migrateToLatest()
  if (error !== undefined) {
    const failed = results.find(({ status }) => status === 'Error')?.migrationName ?? 'before any step'
    const why = error instanceof Error ? error.message : 'for no reason it gave'
    throw new Error(`the schema could not be brought up to this build: ${failed}: ${why}`, { cause: error })
  }
  return results.map(({ migrationName }) => migrationName)
}
