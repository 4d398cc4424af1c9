import { describe, expect, it } from 'vitest'
import { parseCommand } from '../../../src/adapters/cli/command-line.ts'

describe('the command line', () => {
  it('starts server and worker in one process when nothing is said, and either alone by its name', () => {
    const roles = [[], ['serve'], ['worker']].map((words) => parseCommand(words)._unsafeUnwrap())
    expect(roles).toEqual(['all', 'serve', 'worker'].map((role) => ({ name: 'run', role })))
  })

  it('reads the user, the role and the lifetime of a token', () => {
    expect(parseCommand(['token', '--user', 'u1', '--admin', '--ttl', '60'])._unsafeUnwrap()).toEqual({
      name: 'token',
      user: 'u1',
      admin: true,
      seconds: 60,
    })
  })

  it('reads what to do with the schema', () => {
    expect(parseCommand(['migrate', 'status', '--json'])._unsafeUnwrap()).toEqual({
      name: 'migrate status',
      json: true,
    })
    expect(parseCommand(['migrate', 'up'])._unsafeUnwrap()).toEqual({ name: 'migrate up', json: false })
  })

  it('reads from where to where to copy', () => {
    const command = { name: 'copy', from: 'sqlite:a.db', to: '@/run/secrets/to', check: false, json: false }
    const words = ['copy', '--from', 'sqlite:a.db', '--to', '@/run/secrets/to']
    expect(parseCommand(words)._unsafeUnwrap()).toEqual(command)
    const check = { ...command, check: true, json: true }
    expect(parseCommand([...words, '--check', '--json'])._unsafeUnwrap()).toEqual(check)
  })

  it('reads that keys are to be rotated', () => {
    const command = { name: 'keys rotate', check: false, json: false }
    expect(parseCommand(['keys', 'rotate'])._unsafeUnwrap()).toEqual(command)
    const all = ['keys', 'rotate', '--check', '--json']
    expect(parseCommand(all)._unsafeUnwrap()).toEqual({ ...command, check: true, json: true })
    for (const words of [['keys'], ['keys', 'drop'], ['keys', 'rotate', 'now'], ['keys', 'rotate', '--force']])
      expect(parseCommand(words).isErr()).toBe(true)
  })

  it('reads which days to count anew', () => {
    const days = { first: 20_513, last: undefined }
    const words = ['stats', 'rebuild', '--from', '2026-03-01', '--json']
    expect(parseCommand(words)._unsafeUnwrap()).toEqual({ name: 'stats rebuild', days, json: true })
    const whole = { name: 'stats rebuild', days: { first: undefined, last: undefined }, json: false }
    expect(parseCommand(['stats', 'rebuild'])._unsafeUnwrap()).toEqual(whole)
  })

  it('reads what to check', () => {
    const words = ['verify', '--json', '--quiescent', '--grace', '60']
    expect(parseCommand(words)._unsafeUnwrap()).toEqual({
      name: 'verify',
      json: true,
      quiescent: true,
      graceSeconds: 60,
      auditHead: undefined,
    })
    const head = `12:${'0f'.repeat(32)}`
    expect(parseCommand(['verify', '--audit-head', head])._unsafeUnwrap()).toMatchObject({ auditHead: head })
    for (const wrong of ['12', `0:${'0f'.repeat(32)}`, `12:${'0F'.repeat(32)}`])
      expect(parseCommand(['verify', '--audit-head', wrong]).isErr()).toBe(true)
  })

  it('reads which orders', () => {
    const words = ['orders', 'list', '--user', 'u1', '--status', 'paid', '--transaction-id', '42', '--limit', '5']
    const list = { limit: 5, cursor: undefined, json: false }
    const filter = { userId: 'u1', status: 'paid', outTradeNo: undefined, transactionId: '42' }
    expect(parseCommand(words)._unsafeUnwrap()).toEqual({ name: 'orders list', ...filter, ...list })
    const show = { name: 'orders show', orderId: 'abc', json: true }
    expect(parseCommand(['orders', 'show', 'abc', '--json'])._unsafeUnwrap()).toEqual(show)
  })

  it.each([
    ['2027-12-31', '2027-12-31T16:00:00.000Z'],
    ['2027-12-31T08:00:00Z', '2027-12-31T08:00:00.000Z'],
    ['2027-12-31T08:00+08:00', '2027-12-31T00:00:00.000Z'],
  ])('takes %s as the end of a day in Shanghai, or as an instant', (expires, instant) => {
    const words = ['codes', 'make', '--product', 'p1', '--count', '10', '--expires', expires, '--reason', ' 活动 ']
    expect(parseCommand(words)._unsafeUnwrap()).toEqual({
      name: 'codes make',
      productId: 'p1',
      count: 10,
      expiresAt: new Date(instant),
      out: undefined,
      json: false,
      reason: '活动',
    })
  })

  it('reads which codes', () => {
    const list = { limit: 20, cursor: 'x', json: false }
    const filter = { batchId: 'b1', productId: undefined, status: 'available' }
    const words = ['codes', 'list', '--batch', 'b1', '--status', 'available', '--cursor', 'x']
    expect(parseCommand(words)._unsafeUnwrap()).toEqual({ name: 'codes list', ...filter, ...list })
    const revoke = { name: 'codes revoke', codeId: 'c1', reason: undefined, json: false }
    expect(parseCommand(['codes', 'revoke', 'c1'])._unsafeUnwrap()).toEqual(revoke)
    const given = { name: 'codes export', batchId: 'b1', out: 'f.csv', reason: undefined }
    expect(parseCommand(['codes', 'export', '--batch', 'b1', '--out', 'f.csv'])._unsafeUnwrap()).toEqual(given)
  })

  it('reads which callbacks', () => {
    const words = ['notifications', 'list', '--provider', 'wechat', '--order', 'o1']
    expect(parseCommand(words)._unsafeUnwrap()).toMatchObject({
      name: 'notifications list',
      provider: 'wechat',
      orderId: 'o1',
    })
    const retry = { name: 'notifications retry', notificationId: 'n1', reason: '核对', json: false }
    expect(parseCommand(['notifications', 'retry', 'n1', '--reason', '核对'])._unsafeUnwrap()).toEqual(retry)
    const all = { name: 'notifications retry-failed', reason: undefined, json: true }
    expect(parseCommand(['notifications', 'retry-failed', '--json'])._unsafeUnwrap()).toEqual(all)
    const stats = { name: 'notifications stats', from: '2026-01-01T00:00:00Z', to: undefined, json: false }
    expect(parseCommand(['notifications', 'stats', '--from', '2026-01-01T00:00:00Z'])._unsafeUnwrap()).toEqual(stats)
  })

  it.each([
    [['pay']],
    [['notifications']],
    [['notifications', 'retry']],
    [['notifications', 'retry-failed', 'all']],
    [['copy']],
    [['copy', '--from', 'sqlite:a.db']],
    [['copy', 'sqlite:a.db', 'sqlite:b.db']],
    [['copy', '--from', 'sqlite:a.db', '--to', 'sqlite:b.db', '--force']],
    [['migrate']],
    [['migrate', 'down']],
    [['migrate', 'up', '0001_products']],
    [['migrate', 'status', '--force']],
    [['verify', 'everything']],
    [['stats']],
    [['stats', 'rebuild', '2026-03-01']],
    [['stats', 'rebuild', '--from', '2026-02-30']],
    [['stats', 'rebuild', '--from', '2026-03-02', '--to', '2026-03-01']],
    [['verify', '--grace', '-1']],
    [['verify', '--fix']],
    [['orders']],
    [['orders', 'show']],
    [['orders', 'show', 'a', 'b']],
    [['orders', 'show', '../products']],
    [['orders', 'list', '--status', 'lost']],
    [['orders', 'list', '--limit', '101']],
    [['codes', 'make', '--product', 'p1', '--count', '10001', '--expires', '2027-12-31']],
    [['codes', 'make', '--product', 'p1', '--count', '1', '--expires', '2027-13-31']],
    [['codes', 'make', '--product', 'p1', '--count', '1', '--expires', 'soon']],
    [['codes', 'make', '--count', '1', '--expires', '2027-12-31']],
    [['codes', 'revoke']],
    [['codes', 'revoke', 'c1', '--reason', ' ']],
    [['codes', 'export']],
    [['serve', 'now']],
    [['worker', 'now']],
    [['token']],
    [['token', '--user', '']],
    [['token', '--user', 'u1', '--root']],
    [['token', '--user', 'u1', '--ttl', '0']],
    [['token', '--user', 'u1', '--ttl', '1e9']],
  ])('refuses %j instead of guessing', (words) => {
    expect(parseCommand(words)._unsafeUnwrapErr().code).toBe('USAGE')
  })
})
