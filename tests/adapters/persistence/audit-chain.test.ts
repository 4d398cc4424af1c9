import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { ok } from 'neverthrow'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verifySqlite } from '../../../src/adapters/persistence/verify-sqlite.ts'
import { chainEarlierEntries } from '../../../src/application/audit/chain-earlier-entries.ts'
import { entityId, minute } from '../../support/builders.ts'
import { openStore, temporaryFile } from './support.ts'

const ENTRIES = 1203

/** Written in an order that is not that of their times, as entries of several processes may be. */
const entry = (n: number) => ({
  id: entityId(n),
  actor: 'admin-1',
  action: 'alert.acknowledge',
  subject: `alert-${n}`,
  reason: n % 2 === 0 ? undefined : '已处理',
  before: { status: 'firing' },
  after: { status: 'acknowledged', n },
  requestId: 'request-1',
  ip: undefined,
  at: minute(n ^ 1),
})

describe('the chain of the audit log', () => {
  const file = temporaryFile()
  let head: string
  beforeAll(async () => {
    const store = await openStore({ path: file.path })
    await store.transaction.run(async ({ audit }) => {
      for (let n = 1; n <= ENTRIES; n += 1) await audit.append(entry(n))
      return ok(undefined)
    })
    await store.close()
    head = (await checked(file.path)).note ?? ''
  })
  afterAll(() => file.remove())

  const read = <T>(use: (database: Database.Database) => T, path = file.path): T => {
    const database = new Database(path)
    try {
      return use(database)
    } finally {
      database.close()
    }
  }

  const checked = async (path: string, auditHead?: string) => {
    const options = { quiescent: false, now: minute(0), graceMs: 60_000, auditHead }
    const found = (await verifySqlite(path, options)).find(({ note }) => note !== undefined)
    return found ?? { note: undefined, violations: [] }
  }

  const restore = async (path: string): Promise<void> => {
    mkdirSync(dirname(path), { recursive: true })
    const database = new Database(file.path, { readonly: true })
    await database.backup(path)
    database.close()
  }

  /** What is found after a hand has been in a database of its own. */
  const afterwards = async (sql: string, given?: string): Promise<readonly string[]> => {
    const own = temporaryFile()
    try {
      await restore(own.path)
      read((database) => database.exec(sql), own.path)
      const { violations } = await checked(own.path, given)
      return violations.map(({ subject, detail }) => `${subject}: ${detail}`)
    } finally {
      own.remove()
    }
  }

  it('holds where nobody was, and tells where it ends', async () => {
    expect(await afterwards('select 1')).toEqual([])
    expect(head).toMatch(/^1203:[0-9a-f]{64}$/)
    expect(await afterwards('select 1', head)).toEqual([])
  })

  it.each(['actor', 'action', 'subject', 'reason', 'state_before', 'state_after', 'request_id', 'ip', 'created_at'])(
    'tells that the %s of an entry was changed',
    async (column) => {
      const value = column === 'created_at' ? 'created_at + 1' : `'{"x":1}'`
      const found = await afterwards(`update audit set ${column} = ${value} where id = '${entityId(700)}'`)
      expect(found).toEqual([`${entityId(700)}: entry 700 was changed, or stands in another place`])
    },
  )

  it('tells that an entry was removed, with its link or without', async () => {
    const removed = `delete from audit where id = '${entityId(700)}'`
    expect(await afterwards(removed)).toEqual([`${entityId(700)}: entry 700 was removed`])
    const found = await afterwards(`${removed}; delete from audit_chain where seq = 700`)
    expect(found).toEqual([`${entityId(701)}: links 700 to 700 are gone`])
  })

  it('tells that an entry was put in, with a link or without', async () => {
    const put = `insert into audit values ('x', 'a', 'b', 'c', null, '{}', null, 'r', null, 1)`
    expect(await afterwards(put)).toEqual([expect.stringMatching(/^x: an entry outside of the chain/)])
    const linked = `${put}; insert into audit_chain values (${ENTRIES + 1}, 'x', '${'0'.repeat(64)}')`
    expect(await afterwards(linked)).toEqual([`x: entry ${ENTRIES + 1} was changed, or stands in another place`])
  })

  it('tells that entries changed places', async () => {
    const swap = `update audit_chain set audit_id = case seq when 700 then '${entityId(701)}' else '${entityId(700)}' end
      where seq in (700, 701)`
    const apart = `update audit_chain set audit_id = 'x' || seq where seq in (700, 701); ${swap}`
    expect(await afterwards(apart)).toEqual(
      [701, 700].map((n, place) => `${entityId(n)}: entry ${700 + place} was changed, or stands in another place`),
    )
  })

  it('tells that the last entries were removed, when it is told where it had ended', async () => {
    const cut = `delete from audit where id >= '${entityId(1200)}'; delete from audit_chain where seq >= 1200`
    expect(await afterwards(cut)).toEqual([])
    expect(await afterwards(cut, head)).toEqual([expect.stringContaining('it was cut off there or written anew')])
  })

  it('tells that all was written anew, when it is told where it had ended', async () => {
    const own = temporaryFile()
    await restore(own.path)
    read((database) => database.exec(`delete from audit_chain; update audit set actor = 'nobody'`), own.path)
    const store = await openStore({ path: own.path })
    await chainEarlierEntries(store)()
    await store.close()
    expect((await checked(own.path)).violations).toEqual([])
    expect((await checked(own.path, head)).violations).toHaveLength(1)
    own.remove()
  })
})

describe('entries of a version without a chain', () => {
  it('are taken in at the first start, oldest first, and later ones behind them', async () => {
    const file = temporaryFile()
    const store = await openStore({ path: file.path })
    const database = new Database(file.path)
    const old = database.prepare(`insert into audit values (?, 'a', 'b', 'c', null, '{}', null, 'r', null, ?)`)
    database.transaction(() => {
      for (let n = 0; n < ENTRIES; n += 1) old.run(`old-${n}`, (n * 7) % 50)
    })()
    const chain = chainEarlierEntries(store)
    await chain()
    await store.transaction.run(async ({ audit }) => ok(await audit.append(entry(1))))
    const inOrder = database.prepare(`select audit_id from audit_chain order by seq`).pluck().all()
    const byAge = database.prepare(`select id from audit order by created_at, id`).pluck().all()
    expect(inOrder).toEqual(byAge)
    expect(inOrder).toHaveLength(ENTRIES + 1)
    old.run('still-running', 10)
    await chain()
    await chain()
    expect(database.prepare(`select audit_id from audit_chain order by seq desc limit 1`).pluck().get()).toBe(
      'still-running',
    )
    const { violations } = (await verifySqlite(file.path, { quiescent: false, now: minute(0), graceMs: 1 })).find(
      ({ note }) => note !== undefined,
    ) ?? { violations: undefined }
    expect(violations).toEqual([])
    database.close()
    await store.close()
    file.remove()
  })
})
