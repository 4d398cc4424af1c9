import { type Kysely, sql } from 'kysely'
import { MIGRATIONS } from './migrations.ts'

/** A database's schema, seen from this build. */
export type SchemaState = {
  readonly applied: readonly string[]
  readonly missing: readonly string[]
  /** Those of a newer build. */
  readonly unknown: readonly string[]
  /** Where a copy into this database comes from that has not come to its end; empty where it had hardly begun. */
  readonly unfinishedCopyOf: string | undefined
}

/** Exists from the beginning of a copy until everything is there and was compared. */
export const UNFINISHED_COPY = 'unfinished_copy'

const KNOWN = Object.keys(MIGRATIONS)

/** That of a database that is not there yet. */
export const NO_SCHEMA: SchemaState = { applied: [], missing: KNOWN, unknown: [], unfinishedCopyOf: undefined }

export const schemaState = async <T>(db: Kysely<T>): Promise<SchemaState> => {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true })
  const has = (table: string): boolean => tables.some(({ name }) => name === table)
  const steps = has('kysely_migration')
    ? await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db)
    : { rows: [] }
  const copies = has(UNFINISHED_COPY)
    ? await sql<{ source: string }>`select source from ${sql.table(UNFINISHED_COPY)}`.execute(db)
    : undefined
  const names = steps.rows.map(({ name }) => name)
  return {
    applied: KNOWN.filter((name) => names.includes(name)),
    missing: KNOWN.filter((name) => !names.includes(name)),
    unknown: names.filter((name) => !KNOWN.includes(name)),
    unfinishedCopyOf: copies && (copies.rows[0]?.source ?? ''),
  }
}

/**
 * The name of a step that a build without it can work beside, since it only adds: a table, an index that is not unique,
 * a column that may be empty. It stands in the name because that is all an older build can see of it.
 */
export const isExpansion = (name: string): boolean => /^\d{4}_[a-z_]+_expand$/.test(name)

/** What keeps this build from working on a database; undefined where nothing does. */
export const schemaProblem = ({ missing, unknown, unfinishedCopyOf }: SchemaState): string | undefined => {
  const last = KNOWN.at(-1) ?? ''
  const strange = unknown.filter((name) => !isExpansion(name) || name < last)
  if (strange.length > 0)
    return `the database has another schema than this build: ${strange.join(', ')} came with a newer one`
  if (missing.length > 0)
    return `the database has an older schema than this build: run 'shouyin migrate up' (${missing.length} steps, the first is ${missing[0]})`
  if (unfinishedCopyOf !== undefined)
    return `the copy into this database is not finished: run the same 'shouyin copy' again (from ${unfinishedCopyOf})`
  return undefined
}

/** Refuses a schema that is older, half migrated, or newer by more than what was only added, and half a copy. */
export const assertSchema = async <T>(db: Kysely<T>): Promise<void> => {
  const problem = schemaProblem(await schemaState(db))
  if (problem !== undefined) throw new Error(problem)
}
