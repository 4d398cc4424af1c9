import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isDatabaseCommand, parseCommand } from '../../src/adapters/cli/command-line.ts'
import { isOperatorsCommand } from '../../src/adapters/cli/operators-command.ts'
import { randomIds } from '../../src/adapters/system/random-ids.ts'
import { systemRandomness } from '../../src/adapters/system/system-randomness.ts'
import { runCommand } from '../../src/main/run-command.ts'
import { tokens } from '../../src/main/tokens.ts'
import { type RunningHere, startRunning } from '../support/service.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { recordingTerminal } from '../support/terminal.ts'
import { call, deliver, eventually, genuine, GRANT, type Json, open, order, orderState, sell } from '../wire/payer.ts'

const CODES = { type: 'access', delivery: 'code', validityDays: 30 }

/** Each answer brings a cashier link of its own. */
const withoutLink = ({ data }: Json): Json => ({ ...data, order: { ...data.order, cashierUrl: undefined } })

describe('a command beside a running service', () => {
  let running: RunningHere
  const directory = temporaryDirectory()
  beforeAll(async () => {
    running = await startRunning()
  })
  afterAll(async () => {
    await running.stop()
    directory.remove()
  })

  const run = async (...words: readonly string[]) => {
    const command = parseCommand(words)._unsafeUnwrap()
    if (
      isDatabaseCommand(command) ||
      command.name === 'run' ||
      command.name === 'token' ||
      command.name === 'reconcile' ||
      command.name === 'keys rotate' ||
      isOperatorsCommand(command) ||
      command.name === 'doctor' ||
      command.name === 'help' ||
      command.name === 'version'
    )
      throw new Error(`${command.name} is not run on the books`)
    const terminal = recordingTerminal()
    const system = { clock: running.clock, ids: randomIds, randomness: systemRandomness }
    const code = await runCommand(running.service.container.get(tokens.settings), command, terminal, system)
    return { code, printed: terminal.printed(), told: terminal.told() }
  }
  const audited = () =>
    running.database.rows(`select actor, action, reason from audit where actor like 'cli:%' and reason is not null`)

  const paidOrder = async (): Promise<string> => {
    const opened = await open(running, await order(running, await sell(running, GRANT)), 'wechat')
    await running.sandbox.wechat.pay(opened.codeUrl)
    await eventually(
      () => orderState(running, opened.orderId),
      (seen) => seen?.status === 'paid',
    )
    return opened.orderId
  }

  it('counts the statistics anew, and says which days had been wrong', async () => {
    await paidOrder()
    const first = await run('stats', 'rebuild', '--json')
    expect([first.code, JSON.parse(first.printed)]).toEqual([0, { days: expect.any(Number), differed: [] }])
    await running.database.execute('update daily_stats set paid_fen = paid_fen + 1')
    const wrong = (await run('stats', 'rebuild', '--json')).printed
    const [day] = JSON.parse(wrong).differed
    const { code, printed } = await run('stats', 'rebuild', '--from', day, '--to', day)
    expect([code, printed]).toEqual([0, '1 days counted, 0 had differed 已重算 1 天，更正 0 天\n'])
  })

  it('checks the books and changes nothing', async () => {
    await paidOrder()
    const before = await running.database.digest()
    const { code, printed } = await run('verify')
    expect(printed).toContain('all hold')
    expect([code, await running.database.digest()]).toEqual([0, before])
  })

  it('finds what a hand has changed in the database', async () => {
    await running.database.execute(`insert into stock values ('HAND', 5, 0, 0, 1)`)
    const { code, printed } = await run('verify', '--json')
    await running.database.execute(`delete from stock where sku = 'HAND'`)
    expect(code).toBe(1)
    expect(printed).toContain('"subject": "HAND"')
  })

  it('finds an order by what the customer reads out, and tells its story as the API does', async () => {
    const orderId = await paidOrder()
    const admin = await running.token('admin', true)
    const story = JSON.parse((await run('orders', 'show', orderId, '--json')).printed)
    const { json } = await call(running, `/admin/orders/${orderId}`, { token: admin })
    expect(withoutLink(story)).toEqual(withoutLink(json))
    const { transactionId, outTradeNo } = json.data.payments[0]
    for (const found of [
      ['--transaction-id', transactionId],
      ['--out-trade-no', outTradeNo],
    ]) {
      const { data } = JSON.parse((await run('orders', 'list', ...found, '--json')).printed)
      expect(data.map(({ id }: Json) => id)).toEqual([orderId])
    }
    const text = (await run('orders', 'show', orderId)).printed
    const looks = `select actor from audit where action = 'order.open' and subject = '${orderId}' and actor like 'cli:%'`
    expect(await running.database.rows(looks)).toHaveLength(1)
    expect(text).toMatch(new RegExp(`^order 订单 ${orderId}  paid\n`))
    expect(text).toMatch(/payments 支付\n {2}paid  99.00 {2}WECHAT_NATIVE/)
    expect(text).toMatch(/events 时间线\n {2}1 .* order.created .*\n(.*\n)* .* access.granted /)
    expect((await run('orders', 'list', '--status', 'paid')).printed).toContain(`${orderId}  paid `)
  })

  it('makes codes that work, writes them into a new file of its own, and is on record', async () => {
    const productId = await sell(running, CODES)
    const out = join(directory.path, 'codes.csv')
    const words = ['codes', 'make', '--product', productId, '--count', '600', '--expires', '2027-12-31']
    const made = await run(...words, '--out', out, '--reason', '活动')
    expect([made.code, made.told]).toEqual([0, ''])
    const [, first = ''] = readFileSync(out, 'utf8').split('\r\n')
    expect(readFileSync(out, 'utf8').trimEnd().split('\r\n')).toHaveLength(601)
    expect(statSync(out).mode & 0o077).toBe(0)
    const token = await running.token('u3')
    const [text] = first.split(',')
    expect((await call(running, '/access-codes/activate', { token, body: { code: text } })).status).toBe(200)
    expect(await audited()).toEqual([
      { actor: expect.stringMatching(/^cli:/), action: 'access_code.make_batch', reason: '活动' },
      { actor: expect.stringMatching(/^cli:/), action: 'access_code.export', reason: '活动' },
    ])
  })

  it('writes over no file, and makes no codes for one it can not write', async () => {
    const productId = await sell(running, CODES)
    const out = join(directory.path, 'taken.csv')
    writeFileSync(out, 'mine')
    const words = ['codes', 'make', '--product', productId, '--count', '1', '--expires', '2027-12-31', '--out', out]
    const { code, told } = await run(...words)
    expect([code, readFileSync(out, 'utf8')]).toEqual([1, 'mine'])
    expect(told).toContain('is there already')
    const listed = await run('codes', 'list', '--product', productId, '--json')
    expect(JSON.parse(listed.printed).data).toEqual([])
  })

  it('leaves no file behind where it was refused', async () => {
    const out = join(directory.path, 'nothing.csv')
    expect((await run('codes', 'export', '--batch', 'nobody', '--out', out)).code).toBe(1)
    expect(existsSync(out)).toBe(false)
  })

  it('lists, exports and revokes codes as the API does', async () => {
    const productId = await sell(running, CODES)
    const words = ['--product', productId, '--count', '3', '--expires', '2027-12-31', '--json']
    const { batchId } = JSON.parse((await run('codes', 'make', ...words)).printed).data
    const admin = await running.token('admin', true)
    const listed = await run('codes', 'list', '--batch', batchId, '--limit', '2', '--json')
    const { json } = await call(running, `/admin/access-codes?batchId=${batchId}&limit=2`, { token: admin })
    expect(JSON.parse(listed.printed)).toEqual(json)
    const exported = await run('codes', 'export', '--batch', batchId)
    expect(exported.printed.match(/[0-9A-Z]{4}(-[0-9A-Z]{4}){3}/g)).toHaveLength(3)
    const [{ id }] = json.data
    expect((await run('codes', 'revoke', id, '--reason', '误发')).code).toBe(0)
    const table = await run('codes', 'list', '--batch', batchId)
    expect(table.printed).toMatch(new RegExp(`^ID .*\n${id} +….{4} +revoked `))
  })

  it('shows the log of callbacks as the API does, and has stored ones tried again, on record', async () => {
    await deliver(running, 'wechat', genuine(running, 'wechat', 'P20200101NOBODY', 9900))
    const words = ['--verdict', 'unknown_order', '--json']
    const listed = JSON.parse((await run('notifications', 'list', ...words)).printed)
    const path = '/admin/notifications?verdict=unknown_order'
    expect(listed).toEqual((await call(running, path, { token: await running.token('admin', true) })).json)
    running.clock.advance(1)
    const stats = await run('notifications', 'stats')
    expect(stats.printed).toMatch(/^wechat +unknown_order +1$/m)
    const retried = await run('notifications', 'retry', listed.data[0].id, '--reason', '核对')
    expect([retried.code, retried.printed]).toEqual([0, 'outcome 结果: unknown_order\n'])
    const report = await run('notifications', 'retry-failed', '--json')
    expect(JSON.parse(report.printed)).toEqual({ data: { retried: 1, succeeded: 0, failed: 1 } })
    expect(await audited()).toContainEqual(expect.objectContaining({ action: 'notification.retry', reason: '核对' }))
  })

  it.each([
    [['orders', 'show', 'nobody'], 'ORDER_NOT_FOUND'],
    [['notifications', 'retry', 'nobody'], 'NOT_FOUND'],
    [['notifications', 'list', '--verdict', 'lost'], 'VALIDATION_FAILED'],
    [['codes', 'revoke', 'nobody'], 'NOT_FOUND'],
    [['codes', 'export', '--batch', 'nobody'], 'NOT_FOUND'],
    [['codes', 'make', '--product', 'nobody', '--count', '1', '--expires', '2027-12-31'], 'PRODUCT_NOT_FOUND'],
    [['codes', 'list', '--cursor', 'made-up'], 'VALIDATION_FAILED'],
  ])('says why %j is refused', async (words, why) => {
    const { code, printed, told } = await run(...words)
    expect([code, printed]).toEqual([1, ''])
    expect(told).toContain(why)
  })
})
