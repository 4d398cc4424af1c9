import { chmodSync, copyFileSync, existsSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { err, ok, type Result } from 'neverthrow'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { MIGRATIONS } from '../../../src/adapters/persistence/migrations.ts'
import { assertDurable, SqliteConnection } from '../../../src/adapters/persistence/sqlite-connection.ts'
import { StoreUnavailable } from '../../../src/application/transaction.ts'
import { minute, pendingOrder } from '../../support/builders.ts'
import { openStore, temporaryFile } from './support.ts'

const newPath = (): string => {
  const file = temporaryFile()
  onTestFinished(() => file.remove())
  return file.path
}

/** A migrated file that no store has open. */
const closedFile = async (): Promise<string> => {
  const path = newPath()
  await (await openStore({ path })).close()
  return path
}

const withRaw = <T>(path: string, use: (database: Database.Database) => T): T => {
  const database = new Database(path)
  try {
    return use(database)
  } finally {
    database.close()
  }
}

describe('opening a file', () => {
  it('creates directory and file for the own user alone', async () => {
    const path = await closedFile()
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700)
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it('takes the rights of others away from a file that is there', async () => {
    const path = await closedFile()
    chmodSync(path, 0o644)
    const store = await openStore({ path })
    onTestFinished(() => store.close())
    for (const name of [path, `${path}-wal`, `${path}-shm`]) expect(statSync(name).mode & 0o777).toBe(0o600)
  })

  it('finds what an earlier process committed', async () => {
    const path = newPath()
    const first = await openStore({ path })
    await first.transaction.run(async ({ orders }) => ok(await orders.insert(pendingOrder())))
    await first.close()
    const second = await openStore({ path })
    onTestFinished(() => second.close())
    expect((await second.readers.orders.find(pendingOrder().id))?.value).toEqual(pendingOrder())
  })

  it('gives the files up when it closes', async () => {
    const path = newPath()
    const store = await openStore({ path })
    expect(existsSync(`${path}-wal`)).toBe(true)
    await store.close()
    expect(existsSync(`${path}-wal`)).toBe(false)
    await expect(store.readers.orders.find('any')).rejects.toThrow(StoreUnavailable)
    await expect(store.transaction.run(async () => ok())).rejects.toThrow(StoreUnavailable)
    await expect(store.readers.events.pending(1)).rejects.toThrow(StoreUnavailable)
  })

  it('refuses what is no database', async () => {
    const path = await closedFile()
    writeFileSync(path, 'something else, and long enough to be looked at '.repeat(100))
    await expect(openStore({ path })).rejects.toThrow('not a database')
  })

  it('refuses a schema that is not there, if it is not to make one', async () => {
    await expect(openStore({ path: newPath(), migrate: false })).rejects.toThrow('0001_products')
    const store = await openStore({ path: await closedFile(), migrate: false })
    expect(await store.healthy()).toBe(true)
    await store.close()
  })

  it('refuses a schema that is newer than this build, and leaves it as it is', async () => {
    const path = await closedFile()
    const future = '9999_the_future'
    withRaw(path, (raw) =>
      raw.prepare('insert into kysely_migration values (?, ?)').run(future, '2030-01-01T00:00:00Z'),
    )
    await expect(openStore({ path, migrate: false })).rejects.toThrow(future)
    await expect(openStore({ path })).rejects.toThrow('schema')
    const names = withRaw(path, (raw) => raw.prepare('select name from kysely_migration').pluck().all())
    expect(names).toHaveLength(Object.keys(MIGRATIONS).length + 1)
  })

  it('refuses a schema with a gap in it', async () => {
    const path = await closedFile()
    withRaw(path, (raw) => raw.prepare('delete from kysely_migration where name like ?').run('0003%'))
    await expect(openStore({ path, migrate: false })).rejects.toThrow('0003_orders')
    await expect(openStore({ path })).rejects.toThrow('schema')
  })

  it('makes the whole schema or none of it', async () => {
    const path = newPath()
    await (await openStore({ path })).close()
    rmSync(path)
    withRaw(path, (raw) => raw.exec('create table events (stray integer)'))
    await expect(openStore({ path })).rejects.toThrow('schema')
    const tables = withRaw(path, (raw) =>
      raw.prepare("select name from sqlite_schema where type = 'table'").pluck().all(),
    )
    expect(tables).toEqual(['events'])
  })
})

describe('the settings of a connection', () => {
  it('are durable and strict on each connection, also where the file is opened again', async () => {
    const path = await closedFile()
    for (const mode of ['write', 'read', 'write', 'read'] as const) {
      const connection = new SqliteConnection(path, mode)
      const settings = ['journal_mode', 'synchronous', 'foreign_keys'].map((name) =>
        connection.database.pragma(name, { simple: true }),
      )
      connection.close()
      expect(settings).toEqual(['wal', 2, 1])
    }
  })

  it.each([
    ['synchronous = NORMAL', 'synchronous'],
    ['synchronous = OFF', 'synchronous'],
    ['foreign_keys = OFF', 'foreign_keys'],
    ['journal_mode = DELETE', 'journal_mode'],
    ['journal_mode = MEMORY', 'journal_mode'],
  ])('are refused with %s', async (weakness, named) => {
    const path = await closedFile()
    withRaw(path, (raw) => {
      raw.pragma('journal_mode = WAL')
      raw.pragma('synchronous = FULL')
      raw.pragma('foreign_keys = ON')
      expect(() => assertDurable(raw)).not.toThrow()
      raw.pragma(weakness)
      expect(() => assertDurable(raw)).toThrow(named)
    })
  })

  it('let a reader write nothing', async () => {
    const connection = new SqliteConnection(await closedFile(), 'read')
    onTestFinished(() => connection.close())
    await expect(connection.change('delete from orders', [])).rejects.toThrow(StoreUnavailable)
  })
})

describe('readers of a file', () => {
  it('see committed state at once, while a unit of work is under way', async () => {
    const store = await openStore({ path: newPath() })
    onTestFinished(() => store.close())
    const { id } = pendingOrder()
    await store.transaction.run(async ({ orders }) => {
      await orders.insert(pendingOrder())
      expect(await store.readers.orders.find(id)).toBeUndefined()
      expect((await orders.find(id))?.value).toEqual(pendingOrder())
      return ok()
    })
    expect(await store.readers.orders.find(id)).toBeDefined()
  })
})

describe('readers of a store in memory', () => {
  it('wait for the unit of work under way, and never see what is rolled back', async () => {
    const store = await openStore()
    onTestFinished(() => store.close())
    let seen: Promise<unknown> = Promise.resolve()
    await store.transaction.run(async ({ orders }) => {
      await orders.insert(pendingOrder())
      seen = store.readers.orders.find(pendingOrder().id)
      return err('no')
    })
    expect(await seen).toBeUndefined()
  })
})

describe('the write-ahead log', () => {
  it('is carried over into the file when it is quiet, so that the file alone has it all', async () => {
    const path = newPath()
    const store = await openStore({ path })
    onTestFinished(() => store.close())
    await store.transaction.run(async ({ orders }) => ok(await orders.insert(pendingOrder())))
    await vi.waitFor(
      () => {
        copyFileSync(path, `${path}.alone`)
        expect(withRaw(`${path}.alone`, (raw) => raw.prepare('select id from orders').pluck().all())).toHaveLength(1)
      },
      { timeout: 10_000 },
    )
  })
})

describe('health', () => {
  it('is good while the store can be read and written', async () => {
    const path = newPath()
    const [file, memory] = [await openStore({ path }), await openStore()]
    const size = statSync(`${path}-wal`).size
    expect([await file.healthy(), await memory.healthy()]).toEqual([true, true])
    expect(statSync(`${path}-wal`).size, 'a write that reached the file').toBeGreaterThan(size)
    await Promise.all([file.close(), memory.close()])
    expect([await file.healthy(), await memory.healthy()]).toEqual([false, false])
  })

  it('is bad when the file was deleted or replaced', async () => {
    const path = newPath()
    const store = await openStore({ path })
    onTestFinished(() => store.close())
    renameSync(path, `${path}.moved`)
    expect(await store.healthy()).toBe(false)
    writeFileSync(path, '')
    expect(await store.healthy()).toBe(false)
    rmSync(path)
    renameSync(`${path}.moved`, path)
    expect(await store.healthy()).toBe(true)
  })
})

describe('the commit listener', () => {
  it('is told of the streams that got events, after they are readable', async () => {
    const told: (readonly string[])[] = []
    const store = await openStore({ path: newPath(), onCommit: (streams) => told.push(streams) })
    onTestFinished(() => store.close())
    const cause = { kind: 'request', actor: 'user-1' } as const
    const append = (stream: string, result: Result<string, string>) =>
      store.transaction.run(async ({ outbox }) => {
        const event = { type: 'order.created', orderId: stream, at: minute(0) } as const
        await outbox.append({ stream, events: [event], cause, at: minute(0) })
        return result
      })
    await Promise.all([append('order-1', ok('done')), append('order-2', err('no')), append('order-3', ok('done'))])
    await new Promise((resolve) => setImmediate(resolve))
    expect(told).toEqual([['order-1', 'order-3']])
    expect(await store.readers.events.eventsOf('order-2')).toEqual([])
  })
})
