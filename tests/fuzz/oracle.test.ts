import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { openChangeLog } from './change-log.ts'
import type { Input, Reply } from './input.ts'
import { faultsOf, type Judged } from './oracle.ts'

const INPUT: Input = {
  about: 'POST /api/v1/orders',
  method: 'POST',
  target: '/api/v1/orders',
  headers: [],
  body: Buffer.from('{}'),
  isWhole: true,
}

const reply = (status: number, code: string, type = 'application/problem+json'): Reply => ({
  status,
  headers: new Map([
    ['content-type', type],
    ['x-request-id', 'r1'],
  ]),
  body: `{"status":${status},"code":"${code}"}`,
  ms: 1,
})
const judged = (changes: Partial<Judged>): Judged => ({
  input: INPUT,
  outcome: reply(404, 'ORDER_NOT_FOUND'),
  changes: [],
  ...changes,
})
const update = (table: string) => ({ table, kind: 'update' }) as const

describe('the judge of an answer', () => {
  it('is content with a refusal in the promised form that changed nothing', () => {
    expect(faultsOf(judged({}))).toEqual([])
    expect(faultsOf(judged({ changes: [update('activity_counts')] }))).toEqual([])
  })

  it.each([
    ['no answer', { outcome: 'silent' }],
    ['a closed connection', { outcome: 'cut' }],
    ['an internal error', { outcome: reply(500, 'INTERNAL_ERROR') }],
    ['an unavailable store, since none is', { outcome: reply(503, 'SERVICE_UNAVAILABLE') }],
    ['an unknown code', { outcome: reply(400, 'SOMETHING_ELSE') }],
    ['a code of another status', { outcome: reply(400, 'ORDER_NOT_FOUND') }],
    ['another kind of document', { outcome: reply(404, 'ORDER_NOT_FOUND', 'text/html') }],
    ['a changed order', { changes: [update('orders')] }],
    ['an answer kept under no key', { changes: [update('idempotency_keys')] }],
    ['a stack trace', { outcome: { ...reply(200, ''), body: 'Error\n    at serve (app.js:1:20)' } }],
    ['a forged message that was accepted', { outcome: reply(204, ''), input: { ...INPUT, isForged: true } }],
  ] as const)('objects to %s', (_, changes) => {
    expect(faultsOf(judged(changes))).not.toEqual([])
  })

  it('knows what a refused message leaves behind, and that no order is among it', () => {
    const input = { ...INPUT, target: '/api/v1/payments/alipay/notify' }
    const outcome = { ...reply(409, '', 'text/plain; charset=utf-8'), body: 'fail' }
    expect(faultsOf(judged({ input, outcome, changes: [update('incidents')] }))).toEqual([])
    expect(faultsOf(judged({ input, outcome, changes: [update('orders')] }))).not.toEqual([])
    const refused = { ...outcome, status: 401 }
    expect(faultsOf(judged({ input, outcome: refused, changes: [update('incidents')] }))).not.toEqual([])
  })
})

describe('the log of changes', () => {
  it('names each row that another connection wrote, and leaves no trace', () => {
    const directory = temporaryDirectory()
    const path = join(directory.path, 'some.db')
    const writer = new Database(path)
    writer.exec('create table things (id integer primary key, name text)')
    const log = openChangeLog(path)
    writer.exec(`insert into things (name) values ('a'), ('b')`)
    writer.exec(`update things set name = 'c' where id = 1; delete from things where id = 2`)
    expect(log.changes()).toEqual([
      { table: 'things', kind: 'insert' },
      { table: 'things', kind: 'insert' },
      { table: 'things', kind: 'update' },
      { table: 'things', kind: 'delete' },
    ])
    expect(log.changes()).toEqual([])
    log.close()
    expect(writer.prepare('select name from sqlite_schema').pluck().all()).toEqual(['things'])
    writer.close()
    directory.remove()
  })
})
