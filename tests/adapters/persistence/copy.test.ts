import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { COPIED } from '../../../src/adapters/persistence/copy/copied-tables.ts'
import { copyDatabase } from '../../../src/adapters/persistence/copy/copy-database.ts'
import { openSqliteStore } from '../../../src/adapters/persistence/sqlite-store.ts'
import { randomIds } from '../../../src/adapters/system/random-ids.ts'
import { contentOf, fillDatabase } from '../../support/filled-database.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { encryption } from './support.ts'

describe('a copy of a database', () => {
  const directory = temporaryDirectory()
  const source = join(directory.path, 'source.db')
  let content: ReturnType<typeof contentOf>
  beforeAll(async () => {
    await fillDatabase(source, 700)
    content = contentOf(source)
  }, 60_000)
  afterAll(() => directory.remove())

  let made = 0
  /** A source of one's own to write to, and a target that is not there yet. */
  const places = () => {
    made += 1
    return { own: join(directory.path, `own-${made}.db`), target: join(directory.path, `target-${made}`, 'shouyin.db') }
  }
  const write = (path: string, sql: string): void => {
    const database = new Database(path)
    database.exec(sql)
    database.close()
  }
  const copy = (from: string, to: string, given: { check?: boolean; onProgress?: (done: number) => void } = {}) =>
    copyDatabase({ from: `sqlite:${from}`, to: `sqlite:${to}`, check: false, ...given })
  const differences = async (...given: Parameters<typeof copy>) => (await copy(...given))._unsafeUnwrap().differences
  const starts = async (path: string) => (await openSqliteStore({ path, encryption, ids: randomIds })).close()

  it('knows the key of every table', () => {
    const database = new Database(source, { readonly: true })
    onTestFinished(() => void database.close())
    for (const { name, key } of COPIED) {
      const columns = database.pragma(`table_info(${name})`) as { name: string; pk: number }[] // As documented.
      const parts = columns.filter(({ pk }) => pk > 0).toSorted((a, b) => a.pk - b.pk)
      expect([name, key]).toEqual([name, parts.map((column) => column.name)])
    }
  })

  it('is the same in every row, and the service starts on it', async () => {
    const { target } = places()
    const { tables, differences: found } = (await copy(source, target))._unsafeUnwrap()
    expect(found).toEqual([])
    expect(contentOf(target)).toEqual(content)
    for (const { table, rows, copied } of tables) expect([rows, copied]).toEqual(Array(2).fill(content[table]?.length))
    const payments = tables.find(({ table }) => table === 'payments')
    expect(payments?.sums['amount_fen']).toBe(String(payments === undefined ? 0 : 9900 * payments.rows))
    await starts(target)
  })

  it.each([
    [
      'changed',
      `update orders set amount_fen = amount_fen + 1 where id = (select max(id) from orders)`,
      /^orders \w+: amount_fen differ$/,
    ],
    ['missing', `delete from audit where id = 'strange-700'`, /^audit strange-700: only in the source$/],
    ['too many', `insert into stock values ('HAND', 0, 0, 0, 1)`, /^stock HAND: only in the target$/],
    ['too many in the end', `insert into stock values ('ZZZ', 0, 0, 0, 1)`, /^stock ZZZ: only in the target$/],
  ])('is compared row by row: one that is %s is named', async (_, sql, named) => {
    const { target } = places()
    expect(await differences(source, target)).toEqual([])
    expect(await differences(source, target, { check: true })).toEqual([])
    write(target, sql)
    const [first, ...others] = await differences(source, target, { check: true })
    expect(first).toMatch(named)
    expect(others).toContainEqual(expect.stringMatching(/: rows differ$/))
  })

  it('is that of one moment, and not finished while somebody writes to the source', async () => {
    const { own, target } = places()
    await new Database(source, { readonly: true }).backup(own)
    let isWritten = false
    const onProgress = (done: number): void => {
      if (done < 1000 || isWritten) return
      isWritten = true
      write(own, `update orders set version = version + 1; insert into stock values ('LATE', 0, 0, 0, 1)`)
    }
    expect(await differences(own, target, { onProgress })).toEqual([
      'the source was written to meanwhile: stop every service that works on it',
    ])
    expect(contentOf(target)).toEqual(content)
    await expect(starts(target)).rejects.toThrow('not finished')
    const [first] = await differences(own, target)
    expect(first).toMatch(/^orders \w+: version differ$/)
    await expect(starts(target)).rejects.toThrow('not finished')
  })

  it('goes on where it was broken off, but only from where it came', async () => {
    const { own, target } = places()
    await new Database(source, { readonly: true }).backup(own)
    const broken = copy(own, target, {
      onProgress(done) {
        if (done > 2000) throw new Error('broken off')
      },
    })
    await expect(broken).rejects.toThrow('broken off')
    await expect(starts(target)).rejects.toThrow('not finished')
    expect((await copy(source, target))._unsafeUnwrapErr().reason).toContain(`unfinished copy of sqlite:${own}`)
    const { tables, differences: found } = (await copy(own, target))._unsafeUnwrap()
    expect(found).toEqual([])
    expect(tables.find(({ table }) => table === 'orders')?.copied).toBe(0)
    expect(tables.find(({ table }) => table === 'audit')?.copied).toBe(content['audit']?.length)
    expect(contentOf(target)).toEqual(content)
    await starts(target)
  })

  it('is refused into a database that holds anything, from one that is none, and from itself', async () => {
    const { own, target } = places()
    await new Database(source, { readonly: true }).backup(own)
    const reason = async (from: string, to: string, check = false) =>
      (await copy(from, to, { check }))._unsafeUnwrapErr().reason
    expect(await reason(source, own)).toContain('not empty: there are products')
    expect(contentOf(own)).toEqual(content)
    expect(await reason(target, own)).toContain('no database of this service')
    expect(
      await reason(source, join(directory.path, '..', directory.path.split('/').at(-1) ?? '', 'source.db')),
    ).toContain('same')
    expect(await reason(source, target, true)).toContain('older schema')
    write(own, `insert into kysely_migration values ('9000_note_expand', '2030-01-01T00:00:00.000Z')`)
    expect(await reason(own, target)).toContain('newer build')
  })
})
