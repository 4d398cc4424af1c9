import Database from 'better-sqlite3'
import { describe, expect, it, onTestFinished } from 'vitest'
import { MIGRATIONS } from '../../../src/adapters/persistence/migrations.ts'
import { sqliteCheckup } from '../../../src/adapters/persistence/sqlite-checkup.ts'
import { openStore, temporaryFile } from './support.ts'

const fileOf = async (change?: (database: Database.Database) => void): Promise<string> => {
  const file = temporaryFile()
  const { path } = file
  onTestFinished(() => file.remove())
  await (await openStore({ path })).close()
  const database = new Database(path)
  change?.(database)
  database.close()
  return path
}

describe('the checkup of an SQLite file', () => {
  it('tells its settings, its schema and the room on its disk', async () => {
    expect(await sqliteCheckup(await fileOf()).facts()).toEqual({
      durability: [
        { name: 'journal_mode', found: 'wal', wanted: 'wal' },
        { name: 'synchronous', found: '2', wanted: '2' },
        { name: 'foreign_keys', found: '1', wanted: '1' },
      ],
      syncBinlog: undefined,
      schema: { steps: Object.keys(MIGRATIONS).length, problem: undefined },
      disk: { freeBytes: expect.any(Number), totalBytes: expect.any(Number) },
      aheadMs: undefined,
    })
  })

  it('tells of a file that was set to another journal, of an older schema, and of none', async () => {
    const loose = await fileOf((database) => void database.pragma('journal_mode = delete'))
    expect(await sqliteCheckup(loose).facts()).toEqual({
      unreachable: 'SQLite runs with journal_mode = delete instead of wal',
    })
    const older = await fileOf((database) => void database.exec(`delete from kysely_migration where name > '0100'`))
    expect(await sqliteCheckup(older).facts()).toMatchObject({ schema: { problem: expect.stringContaining('older') } })
    expect(await sqliteCheckup('/nowhere/shouyin.db').facts()).toEqual({ unreachable: 'no such file' })
    expect(await sqliteCheckup(':memory:').facts()).toMatchObject({ durability: [{ found: ':memory:' }] })
  })
})
