import { type ChildProcess, spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { freePort } from '../support/free-port.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { type WatchedOutput, watchOutput } from '../support/watched-output.ts'

const ENTRY = resolve('src/main/shouyin.ts')
const directory = temporaryDirectory()
const children: ChildProcess[] = []
const outputs: WatchedOutput[] = []

afterAll(() => {
  for (const child of children) child.kill('SIGKILL')
  directory.remove()
  for (const output of outputs) output.verify()
})

/** Runs the program in an empty folder with no settings but a port, as `npm start` does. */
const run = (words: readonly string[], environment: Readonly<Record<string, string>> = {}) => {
  const env = { PATH: process.env['PATH'], ...environment }
  const child = spawn(process.execPath, [ENTRY, ...words], {
    cwd: directory.path,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  const output = watchOutput(environment)
  outputs.push(output)
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', output.write)
  const ended = new Promise<number | null>((done) => child.once('close', (code) => done(code)))
  return { child, ended, output: output.tail }
}

const started = async (environment: Readonly<Record<string, string>>) => {
  const service = run([], environment)
  for (let turn = 0; turn < 600 && !service.output().includes('/sandbox'); turn += 1)
    await new Promise((done) => setTimeout(done, 50))
  const [cashier = '', payer = ''] = ['cashier/', '/sandbox'].map(
    (part) =>
      service
        .output()
        .split(/\s+/)
        .find((word) => word.startsWith('http') && word.includes(part)) ?? '',
  )
  return { ...service, cashier, payer }
}

const paidOrder = async (cashier: string, payer: string) => {
  const [address = '', token = ''] = cashier.split('#')
  const { origin, pathname } = new URL(address)
  const orderId = pathname.split('/').at(-1) ?? ''
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const body = JSON.stringify({ orderId, method: 'WECHAT_NATIVE' })
  const created = await fetch(`${origin}/api/v1/payments/wechat/create`, { method: 'POST', headers, body })
  const { data } = (await created.json()) as { data: { payment: { outTradeNo: string } } } // As the contract says.
  const pay = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(data.payment) }
  const { outTradeNo } = data.payment
  const paid = await fetch(`${payer}/api/pay`, { ...pay, body: JSON.stringify({ outTradeNo }) })
  expect(paid.status).toBe(200)
  return { order: `${origin}/api/v1/orders/${orderId}`, headers }
}

const statusOf = async (url: string, headers: Readonly<Record<string, string>>): Promise<string> => {
  const answer = (await (await fetch(url, { headers })).json()) as { data: { status: string } } // As the contract says.
  return answer.data.status
}

describe('the first minute', () => {
  it('starts with nothing, pays a first order, survives a kill, and ends cleanly', async () => {
    const PORT = String(await freePort())
    const first = await started({ PORT })
    expect(first.output()).toContain('沙箱')
    const { order, headers } = await paidOrder(first.cashier, first.payer)
    for (let turn = 0; turn < 100 && (await statusOf(order, headers)) !== 'paid'; turn += 1)
      await new Promise((done) => setTimeout(done, 50))
    expect(await statusOf(order, headers)).toBe('paid')
    first.child.kill('SIGKILL')
    await first.ended

    const second = await started({ PORT })
    expect(await statusOf(order, headers)).toBe('paid')
    second.child.kill('SIGTERM')
    expect(await second.ended).toBe(0)
  })

  it('gives out a token the service accepts', async () => {
    const PORT = String(await freePort())
    const service = await started({ PORT })
    const token = run(['token', '--user', 'u1'], { PORT })
    expect(await token.ended).toBe(0)
    const url = `http://127.0.0.1:${PORT}/api/v1/orders`
    expect((await fetch(url, { headers: { authorization: `Bearer ${token.output().trim()}` } })).status).toBe(200)
    expect((await fetch(url, { headers: { authorization: `Bearer ${token.output().trim()}x` } })).status).toBe(401)
    service.child.kill('SIGTERM')
    expect(await service.ended).toBe(0)
  })

  it('has books that can be checked while it runs, and after', async () => {
    const PORT = String(await freePort())
    const service = await started({ PORT })
    const { order, headers } = await paidOrder(service.cashier, service.payer)
    for (let turn = 0; turn < 100 && (await statusOf(order, headers)) !== 'paid'; turn += 1)
      await new Promise((done) => setTimeout(done, 50))
    const beside = run(['verify', '--json'], { PORT })
    expect(await beside.ended).toBe(0)
    expect(JSON.parse(beside.output())).toMatchObject({ ok: true })
    const retried = run(['notifications', 'retry-failed', '--json'], { PORT })
    expect(await retried.ended).toBe(0)
    expect(JSON.parse(retried.output())).toEqual({ data: { retried: 0, succeeded: 0, failed: 0 } })
    service.child.kill('SIGTERM')
    await service.ended
    const after = run(['verify'], { PORT })
    expect(await after.ended).toBe(0)
    expect(after.output()).toMatch(/^I01 +ok .*all hold/s)
  })

  it('tells a word that is not understood from work that can not be done', async () => {
    const unknown = run(['pay'])
    expect(await unknown.ended).toBe(2)
    expect(unknown.output()).toContain('shouyin verify')
    const nothing = run(['verify'], { DATABASE_URL: 'sqlite:./nowhere/shouyin.db' })
    expect(await nothing.ended).toBe(1)
    expect(nothing.output()).toContain('there is no database')
  })

  it('lists all wrong settings at once and exits with 1', async () => {
    const refused = run([], { PORT: 'x', JWT_SECRET: 'short' })
    expect(await refused.ended).toBe(1)
    expect(refused.output()).toMatch(/PORT: .*\n.*JWT_SECRET: /)
  })

  it('refuses to start in production without a gateway', async () => {
    const refused = run([], { NODE_ENV: 'production' })
    expect(await refused.ended).toBe(1)
    expect(refused.output()).toContain('in production a gateway must be configured')
  })
})
