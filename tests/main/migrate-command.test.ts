import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it, onTestFinished } from 'vitest'
import { isDatabaseCommand, parseCommand } from '../../src/adapters/cli/command-line.ts'
import { MIGRATIONS } from '../../src/adapters/persistence/migrations.ts'
import { openSqliteStore } from '../../src/adapters/persistence/sqlite-store.ts'
import { randomIds } from '../../src/adapters/system/random-ids.ts'
import { loadDatabaseSettings } from '../../src/main/config.ts'
import { runDatabaseCommand } from '../../src/main/run-database-command.ts'
import { encryption } from '../adapters/persistence/support.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { recordingTerminal } from '../support/terminal.ts'

const ALL = Object.keys(MIGRATIONS)
const LAST = String(ALL.at(-1))

/** The path of a database that is not there yet, and the command line beside it. */
const place = () => {
  const directory = temporaryDirectory()
  onTestFinished(() => directory.remove())
  const path = join(directory.path, 'data', 'shouyin.db')
  const settings = loadDatabaseSettings({ NODE_ENV: 'production', DATABASE_URL: `sqlite:${path}` })._unsafeUnwrap()
  const run = async (...words: readonly string[]) => {
    const command = parseCommand(words)._unsafeUnwrap()
    if (!isDatabaseCommand(command)) throw new Error(`${command.name} is about no database`)
    const terminal = recordingTerminal()
    const code = await runDatabaseCommand(settings, command, terminal)
    return { code, printed: terminal.printed() }
  }
  const write = (sql: string): void => {
    const database = new Database(path)
    database.exec(sql)
    database.close()
  }
  const start = () => openSqliteStore({ path, encryption, ids: randomIds, migrate: false })
  return { path, run, write, start }
}

describe('shouyin migrate', () => {
  it('says that everything is missing where there is no database, and makes none by that', async () => {
    const { path, run } = place()
    const { code, printed } = await run('migrate', 'status', '--json')
    expect(code).toBe(1)
    expect(JSON.parse(printed)).toMatchObject({ ok: false, applied: [], missing: ALL, unknown: [] })
    expect(existsSync(path)).toBe(false)
  })

  it('makes the file for its owner alone, applies everything once, and the service starts on it', async () => {
    const { path, run, start } = place()
    const first = await run('migrate', 'up', '--json')
    expect([first.code, JSON.parse(first.printed)]).toEqual([0, { applied: ALL }])
    expect(statSync(path).mode & 0o077).toBe(0)
    expect(JSON.parse((await run('migrate', 'up', '--json')).printed)).toEqual({ applied: [] })
    const status = await run('migrate', 'status')
    expect([status.code, status.printed]).toEqual([0, expect.stringContaining('this build can start')])
    expect(status.printed.match(/applied 已执行/g)).toHaveLength(ALL.length)
    await (await start()).close()
  })

  it('names itself where an older schema is refused', async () => {
    const { run, write, start } = place()
    await run('migrate', 'up')
    write(`delete from kysely_migration where name = '${LAST}'`)
    await expect(start()).rejects.toThrow(`run 'shouyin migrate up' (1 steps, the first is ${LAST})`)
    const { code, printed } = await run('migrate', 'status')
    expect([code, printed]).toEqual([1, expect.stringMatching(new RegExp(`${LAST} +missing 未执行`))])
  })

  it('tells which step failed and why, and leaves the schema as it was', async () => {
    const { run, write } = place()
    await run('migrate', 'up')
    write(`delete from kysely_migration where name >= '0083'`)
    await expect(run('migrate', 'up')).rejects.toThrow('0083_notifications_by_number: index')
    const { missing } = JSON.parse((await run('migrate', 'status', '--json')).printed)
    expect(missing).toEqual(ALL.filter((name) => name >= '0083'))
  })

  const newer = (name: string) => `insert into kysely_migration values ('${name}', '2030-01-01T00:00:00.000Z')`

  it('lets this build work beside what a newer one only added', async () => {
    const { run, write, start } = place()
    await run('migrate', 'up')
    write(`alter table orders add column note text; ${newer('9000_orders_note_expand')}`)
    await (await start()).close()
    const { code, printed } = await run('migrate', 'status', '--json')
    expect([code, JSON.parse(printed)]).toMatchObject([0, { ok: true, unknown: ['9000_orders_note_expand'] }])
    expect(JSON.parse((await run('migrate', 'up', '--json')).printed)).toEqual({ applied: [] })
  })

  it.each(['9000_orders_note_contract', '0001_before_ours_expand'])('refuses a schema with %s in it', async (name) => {
    const { run, write, start } = place()
    await run('migrate', 'up')
    write(newer(name))
    await expect(start()).rejects.toThrow(`${name} came with a newer one`)
    expect((await run('migrate', 'status')).code).toBe(1)
    await expect(run('migrate', 'up')).rejects.toThrow(name)
  })

  it('refuses to work on half a copy', async () => {
    const { run, write, start } = place()
    await run('migrate', 'up')
    write(`create table unfinished_copy (source text); insert into unfinished_copy values ('sqlite:/old.db')`)
    await expect(start()).rejects.toThrow('the copy into this database is not finished')
    expect((await run('migrate', 'status')).code).toBe(1)
  })
})
