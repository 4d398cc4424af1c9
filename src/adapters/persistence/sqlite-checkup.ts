import { existsSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { DatabaseCheckup, DatabaseFacts } from '../../application/doctor/check-store.ts'
import { schemaProblem, schemaState } from './schema-state.ts'
import { sqliteBuilder } from './sqlite-builder.ts'
import { SqliteConnection } from './sqlite-connection.ts'

/** Looks at a file and at the disk under it, beside whoever works on it. */
export const sqliteCheckup = (path: string): DatabaseCheckup => ({
  async facts() {
    if (path === ':memory:') return IN_MEMORY
    if (!existsSync(path)) return { unreachable: 'no such file' }
    const { bavail, blocks, bsize } = await statfs(dirname(resolve(path)))
    const disk = { freeBytes: bavail * bsize, totalBytes: blocks * bsize }
    let reader: SqliteConnection
    try {
      reader = new SqliteConnection(path, 'read')
    } catch (error) {
      // It refuses a file that is not set up to keep what it is given.
      return { unreachable: error instanceof Error ? error.message : 'unknown' }
    }
    try {
      const state = await schemaState(sqliteBuilder(reader.database))
      const schema = { steps: state.applied.length, problem: schemaProblem(state) }
      const setting = (name: string, wanted: string) => ({
        name,
        found: String(reader.database.pragma(name, { simple: true })),
        wanted,
      })
      const durability = [setting('journal_mode', 'wal'), setting('synchronous', '2'), setting('foreign_keys', '1')]
      return { durability, syncBinlog: undefined, schema, disk, aheadMs: undefined }
    } finally {
      reader.close()
    }
  },
})

const IN_MEMORY: DatabaseFacts = {
  durability: [{ name: 'DATABASE_URL', found: ':memory:', wanted: 'sqlite:PATH' }],
  syncBinlog: undefined,
  schema: { steps: 0, problem: undefined },
  disk: undefined,
  aheadMs: undefined,
}
