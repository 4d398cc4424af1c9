import { existsSync } from 'node:fs'
import type { Kysely } from 'kysely'
import { sqliteDialect } from './dialect.ts'
import { migrate, type OnStep } from './migrate.ts'
import { ownFile } from './own-file.ts'
import type { DB } from './schema.ts'
import { assertSchema, NO_SCHEMA, type SchemaState, schemaState } from './schema-state.ts'
import { sqliteBuilder } from './sqlite-builder.ts'
import { SqliteConnection } from './sqlite-connection.ts'

/** Brings the schema of a file up to this build, making the file where there is none; says which steps that took. */
export const migrateSqlite = async (path: string, onStep?: OnStep): Promise<readonly string[]> => {
  ownFile(path)
  const writer = new SqliteConnection(path, 'write')
  try {
    const builder = sqliteBuilder(writer.database)
    const applied = await migrateAlone(writer, builder, onStep)
    await assertSchema(builder)
    return applied
  } finally {
    writer.close()
  }
}

/** The schema of a file; reads only. */
export const sqliteSchema = async (path: string): Promise<SchemaState> => {
  if (!existsSync(path)) return NO_SCHEMA
  const reader = new SqliteConnection(path, 'read')
  try {
    return await schemaState(sqliteBuilder(reader.database))
  } finally {
    reader.close()
  }
}

/** All steps in one transaction: they happen together or not at all, and a second process waits. */
export const migrateAlone = async (
  writer: SqliteConnection,
  builder: Kysely<DB>,
  onStep?: OnStep,
): Promise<readonly string[]> => {
  writer.command('begin immediate')
  try {
    const applied = await migrate(builder, sqliteDialect, { onStep })
    writer.command('commit')
    return applied
  } catch (error) {
    if (writer.inTransaction) writer.command('rollback')
    throw error
  }
}
