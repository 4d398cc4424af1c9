import Database from 'better-sqlite3'
import { err, ok, type Result } from 'neverthrow'
import { describe, expect, it, onTestFinished } from 'vitest'
import { GroupCommit, type GroupCommitOptions } from '../../../src/adapters/persistence/group-commit.ts'
import type { Session } from '../../../src/adapters/persistence/session.ts'
import { ownFile } from '../../../src/adapters/persistence/own-file.ts'
import { SqliteConnection } from '../../../src/adapters/persistence/sqlite-connection.ts'
import { StoreUnavailable, WRITE_CONFLICT, type WriteConflict } from '../../../src/application/transaction.ts'
import { temporaryFile } from './support.ts'

/** A table of numbers behind the group, and another connection that sees only what is committed. */
const open = (options: Partial<GroupCommitOptions> = {}) => {
  const file = temporaryFile()
  ownFile(file.path)
  const connection = new SqliteConnection(file.path, 'write')
  connection.shortenPatience()
  const other = new Database(file.path)
  other.exec('create table numbers (n integer primary key, parent integer references numbers (n)) strict')
  const commits: (readonly string[])[] = []
  const group = new GroupCommit(connection, { onCommit: (streams) => commits.push(streams), ...options })
  onTestFinished(async () => {
    await group.close()
    connection.close()
    other.close()
    file.remove()
  })
  const committed = () => other.prepare('select n from numbers order by n').pluck().all()
  return { group, connection, other, commits, committed }
}

const insert = (session: Session, n: number, parent: number | null = null) =>
  session.change('insert into numbers values (?, ?)', [n, parent])

const inserting =
  (n: number) =>
  async (session: Session): Promise<Result<number, never>> => {
    await insert(session, n)
    return ok(n)
  }

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n)

describe('a group of units of work', () => {
  it('shares one commit, and nobody is answered before it', async () => {
    const { group, commits, committed } = open()
    const seen = await Promise.all(
      upTo(30).map(async (n) => {
        const result = await group.run(async (session) => {
          await insert(session, n)
          return ok(committed())
        })
        return { during: result._unsafeUnwrap(), afterwards: committed() }
      }),
    )
    for (const { during, afterwards } of seen) {
      expect(during).toEqual([])
      expect(afterwards).toEqual(upTo(30))
    }
    expect(commits).toHaveLength(1)
  })

  it('has 64 units at most', async () => {
    const { group, commits } = open()
    await Promise.all(upTo(65).map((n) => group.run(inserting(n))))
    expect(commits).toHaveLength(2)
  })

  it('takes units that come while another group is under way into the next one', async () => {
    const { group, commits, committed } = open()
    let later: Promise<unknown> = Promise.resolve()
    await group.run(async (session) => {
      later = Promise.all([group.run(inserting(2)), group.run(inserting(3))])
      return inserting(1)(session)
    })
    expect(committed()).toEqual([1])
    await later
    expect(committed()).toEqual([1, 2, 3])
    expect(commits).toHaveLength(2)
  })

  it('loses only what a unit wrote that is refused or throws', async () => {
    const { group, committed, commits } = open()
    const refused = group.run(async (session) => {
      await insert(session, 10)
      return err('no')
    })
    const thrown = group.run(async (session) => {
      await insert(session, 20)
      throw new Error('a bug')
    })
    const broken = group.run(async (session) => {
      await insert(session, 30)
      await insert(session, 30)
      return ok(30)
    })
    const good = upTo(3).map((n) => group.run(inserting(n)))
    expect(await refused).toEqual(err('no'))
    await expect(thrown).rejects.toThrow('a bug')
    await expect(broken).rejects.toThrow('UNIQUE')
    expect(await Promise.all(good)).toEqual(upTo(3).map((n) => ok(n)))
    expect(committed()).toEqual(upTo(3))
    expect(commits).toHaveLength(1)
  })

  it('goes on in a unit after a duplicate', async () => {
    const { group, committed } = open()
    await group.run(inserting(1))
    const result = await group.run(async (session) => {
      await expect(insert(session, 1)).rejects.toMatchObject({ code: 'SQLITE_CONSTRAINT_PRIMARYKEY' })
      return inserting(2)(session)
    })
    expect(result).toEqual(ok(2))
    expect(committed()).toEqual([1, 2])
  })

  it('names the streams of the units that were committed, and no others', async () => {
    const { group, commits } = open()
    const announcing = (stream: string, result: Result<unknown, unknown>) => async (session: Session) => {
      session.announce(stream)
      return result
    }
    await Promise.all([
      group.run(announcing('a', ok())),
      group.run(announcing('b', err('no'))),
      group.run(announcing('a', ok())),
      group.run(announcing('c', ok())),
    ])
    expect(commits).toEqual([['a', 'c']])
    await group.run(announcing('d', err('no')))
    expect(commits).toHaveLength(1)
  })
})

describe('a commit that fails', () => {
  /** Breaks a foreign key in a way that shows at the commit, not before. */
  const orphan = async (session: Session): Promise<Result<string, never>> => {
    await session.change('pragma defer_foreign_keys = on', [])
    await insert(session, 50, 999)
    return ok('never to be answered')
  }

  it('answers nobody of the group with ok: each unit is run again alone, and the guilty one fails', async () => {
    const { group, committed, commits } = open()
    const good = upTo(3).map((n) => group.run(inserting(n)))
    const bad = group.run(orphan)
    const more = group.run(inserting(7))
    await expect(bad).rejects.toThrow('FOREIGN KEY')
    expect(await Promise.all([...good, more])).toEqual([0, 1, 2, 7].map((n) => ok(n)))
    expect(committed()).toEqual([0, 1, 2, 7])
    expect(commits).toHaveLength(4)
  })

  it('leaves the connection usable', async () => {
    const { group, committed } = open()
    await expect(group.run(orphan)).rejects.toThrow('FOREIGN KEY')
    expect(await group.run(inserting(1))).toEqual(ok(1))
    expect(committed()).toEqual([1])
  })

  it('fails with StoreUnavailable where there is no room, and works again when there is', async () => {
    const { group, connection, committed } = open()
    await group.run(inserting(1))
    const pages = Number(connection.database.pragma('page_count', { simple: true }))
    connection.database.pragma(`max_page_count = ${pages}`)
    const filling = (from: number) => async (session: Session) => {
      for (const n of upTo(2000)) await insert(session, from + n)
      return ok()
    }
    const results = await Promise.allSettled([group.run(filling(10_000)), group.run(filling(20_000))])
    for (const result of results) expect(result).toMatchObject({ reason: expect.any(StoreUnavailable) })
    expect(committed()).toEqual([1])
    connection.database.pragma('max_page_count = 100000')
    expect((await group.run(filling(30_000))).isOk()).toBe(true)
    expect(committed()).toHaveLength(2001)
  })

  it('is what follows when SQLite ends the transaction by itself', async () => {
    const { group, committed } = open()
    const good = group.run(inserting(1))
    const bad = group.run(async (session) => {
      await insert(session, 2)
      await session.change('rollback', [])
      return ok('never to be answered')
    })
    await expect(bad).rejects.toThrow(StoreUnavailable)
    expect(await good).toEqual(ok(1))
    expect(committed()).toEqual([1])
  })
})

describe('a unit that met another writer', () => {
  const conflicting = (times: number, n: number) => {
    const counter = { runs: 0 }
    const work = async (session: Session): Promise<Result<number, WriteConflict>> => {
      counter.runs += 1
      await insert(session, n)
      return counter.runs <= times ? err(WRITE_CONFLICT) : ok(n)
    }
    return { counter, work }
  }

  it('is run again from its start', async () => {
    const { group, committed } = open()
    const { counter, work } = conflicting(3, 5)
    const [result] = await Promise.all([group.run(work), group.run(inserting(1))])
    expect(result).toEqual(ok(5))
    expect(counter.runs).toBe(4)
    expect(committed()).toEqual([1, 5])
  })

  it('gives up in the end, which the unit beside it does not notice', async () => {
    const { group, committed } = open()
    const { counter, work } = conflicting(Infinity, 5)
    const [hopeless, fine] = await Promise.allSettled([group.run(work), group.run(inserting(1))])
    expect(hopeless).toMatchObject({ reason: expect.any(StoreUnavailable) })
    expect(fine).toMatchObject({ value: ok(1) })
    expect(counter.runs).toBe(10)
    expect(committed()).toEqual([1])
  })
})

describe('a unit that waits for something outside the store', () => {
  it('is given up with an error that says so, and the others go on', async () => {
    const { group, committed } = open({ unitPatienceMs: 30 })
    const never = new Promise<never>(() => {})
    const hung = group.run(async (session) => {
      await insert(session, 1)
      return never
    })
    const fine = [group.run(inserting(2)), group.run(inserting(3))]
    await expect(hung).rejects.toThrow('outside the store')
    expect(await Promise.all(fine)).toEqual([ok(2), ok(3)])
    expect(committed()).toEqual([2, 3])
  })

  it('reaches the store no more when it wakes up late', async () => {
    const { group, committed } = open({ unitPatienceMs: 30 })
    const { promise: awake, resolve: wake } = Promise.withResolvers<void>()
    const { promise: late, resolve: tell } = Promise.withResolvers<unknown>()
    const hung = group.run(async (session) => {
      await awake
      tell(await insert(session, 1).catch((error: unknown) => error))
      return ok()
    })
    await expect(hung).rejects.toThrow('outside the store')
    const next = group.run(async (session) => {
      wake()
      expect(await late).toMatchObject({ message: expect.stringContaining('after its end') })
      return inserting(2)(session)
    })
    expect(await next).toEqual(ok(2))
    expect(committed()).toEqual([2])
  })
})

describe('the lock of another process', () => {
  it('is waited for without holding up the event loop', async () => {
    const { group, other, committed } = open()
    other.exec('begin immediate; insert into numbers values (1, null)')
    const waiting = group.run(inserting(2))
    await new Promise((resolve) => setTimeout(resolve, 100))
    other.exec('commit')
    expect(await waiting).toEqual(ok(2))
    expect(committed()).toEqual([1, 2])
  })

  it('makes the store unavailable when it lasts too long', async () => {
    const { group, other } = open({ lockPatienceMs: 60 })
    other.exec('begin immediate')
    const results = await Promise.allSettled([group.run(inserting(1)), group.run(inserting(2))])
    for (const result of results) expect(result).toMatchObject({ reason: expect.any(StoreUnavailable) })
    other.exec('rollback')
    expect(await group.run(inserting(3))).toEqual(ok(3))
  })
})

describe('closing', () => {
  it('finishes what was accepted and refuses what comes later', async () => {
    const { group, committed } = open()
    const accepted = upTo(100).map((n) => group.run(inserting(n)))
    const closed = group.close()
    await expect(group.run(inserting(500))).rejects.toThrow(StoreUnavailable)
    await closed
    expect(await Promise.all(accepted)).toHaveLength(100)
    expect(committed()).toEqual(upTo(100))
  })
})
