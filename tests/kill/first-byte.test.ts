import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { call, codesOf, GRANT, type Gateway, METHOD, open, order, sell } from '../wire/payer.ts'
import { LEASES_OVER_MS, startWorld, until, type World } from './world.ts'

const AT_ONCE = 12

let world: World
let access: string
beforeAll(async () => {
  world = await startWorld()
  access = await sell(world, GRANT, '1.00')
})
afterAll(() => world.end())

describe('killed when the first byte of an answer has come', () => {
  it.each<Gateway>(['wechat', 'alipay'])('has on the books what it acknowledged to %s', async (gateway) => {
    const url = `/api/v1/payments/${gateway}/notify`
    const paid = await Promise.all(
      Array.from({ length: AT_ONCE }, async (_, n) => {
        const opened = await open(world, await order(world, access, `${gateway}-${n}`), gateway, `${gateway}-${n}`)
        world.sandbox[gateway].faults.add({ operation: 'callback', kind: 'never', outTradeNo: opened.outTradeNo })
        await world.sandbox[gateway].pay(opened.codeUrl)
        return { ...opened, message: world.sandbox[gateway].notification({ outTradeNo: opened.outTradeNo }) }
      }),
    )
    const answers = await killedAtFirstByte(paid.map(({ message }) => ({ url, ...message })))
    for (const [n, { orderId }] of paid.entries()) {
      const state = await world.books.rows(BOOKED, orderId)
      const whole = { status: 'paid', receipts: 1, messages: 1, deliveries: 1, grants: 1 }
      const nothing = { status: 'pending', receipts: 0, messages: 0, deliveries: 0, grants: 0 }
      expect([whole, nothing]).toContainEqual(state[0])
      if (/^HTTP\/1.1 20[04] /.test(answers[n] ?? '')) expect(state[0]).toEqual(whole)
    }
    await world.restart(LEASES_OVER_MS)
    await world.verify()
    // Nobody calls back again: what was not booked yet is asked for.
    for (const { orderId } of paid)
      await until(async () => (await world.books.rows(BOOKED, orderId))[0]?.['grants'] === 1)
    await world.verify()
  })

  it('has done what it told its clients, and does the rest once when they ask again', async () => {
    const writes = (await Promise.all(Array.from({ length: 3 }, (_, n) => stageWrites(`client-${n}`)))).flat()
    const answers = await killedAtFirstByte(writes)
    for (const [n, { done, what }] of writes.entries())
      if (/^HTTP\/1.1 20[01] /.test(answers[n] ?? '')) expect([what, await done()]).toEqual([what, 1])
    await world.restart(LEASES_OVER_MS)
    await world.verify()
    for (const { what, again, done } of writes) {
      expect([what, await again()]).toEqual([what, expect.stringMatching(/^20[01]$/)])
      expect([what, await done()]).toEqual([what, 1])
    }
    await world.verify()
  })
})

const BOOKED = `select status,
  (select count(*) from payment_transactions where order_id = o.id) as receipts,
  (select count(*) from notifications where order_id = o.id) as messages,
  (select count(*) from fulfilments where order_id = o.id) as deliveries,
  (select count(*) from entitlements where user_id = o.user_id) as grants
  from orders o where id = ?`

type Raw = { readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly body: Buffer }

/** Sends them all and kills the program as soon as any of it answers; gives what had come of each answer by then. */
const killedAtFirstByte = async (requests: readonly Raw[]): Promise<readonly string[]> => {
  const { port } = new URL(world.origin)
  let killed: Promise<void> | undefined
  const answers = await Promise.all(
    requests.map(
      ({ url, headers, body }) =>
        new Promise<string>((resolve) => {
          let text = ''
          const socket = connect(Number(port), '127.0.0.1')
          socket.on('data', (chunk: Buffer) => {
            killed ??= world.kill()
            text += chunk.toString()
          })
          socket.on('error', () => undefined) // The end of the program; `close` follows.
          socket.on('close', () => resolve(text))
          const lines = Object.entries({ host: '127.0.0.1', 'content-length': String(body.length), ...headers })
          const head = [`POST ${url} HTTP/1.1`, ...lines.map(([name, value]) => `${name}: ${value}`), '', ''].join(
            '\r\n',
          )
          socket.write(Buffer.concat([Buffer.from(head), body]))
        }),
    ),
  )
  await killed
  expect(answers.some((text) => text !== '')).toBe(true)
  return answers
}

type Write = Raw & {
  readonly what: string
  /** How often it has been done. */
  readonly done: () => Promise<number>
  /** The client asks again; gives the status. */
  readonly again: () => Promise<string>
}

/** One client's writes, each of a kind, all ready to be sent. */
const stageWrites = async (user: string): Promise<readonly Write[]> => {
  const token = await world.token(user)
  const topUp = await sell(world, { type: 'points', points: 100, bonusPoints: 0 }, '1.00')
  await paid(user, topUp)
  const returned = await paid(user, access)
  const [code = ''] = await codesOf(world, access, 1)
  const [cancelled, byPoints, opened] = [
    await order(world, access, user),
    await order(world, access, user),
    await order(world, access, user),
  ]
  const fresh = await sell(world, GRANT, '3.00')
  const write = (what: string, path: string, body: object, done: () => Promise<number>): Write => {
    const headers = {
      'content-type': 'application/json',
      authorization: `Bearer ${token}`,
      'idempotency-key': `${user} ${what}`,
    }
    return {
      what,
      url: `/api/v1${path}`,
      headers,
      body: Buffer.from(JSON.stringify(body)),
      done,
      again: async () => String((await call(world, path, { token, headers, body })).status),
    }
  }
  const pay = (provider: string, orderId: string, method: string) =>
    [`/payments/${provider}/create`, { orderId, method }] as const
  return [
    write('order', '/orders', { items: [{ productId: fresh, quantity: 1 }] }, () =>
      count('order_items where product_id = ?', fresh),
    ),
    write('cancel', `/orders/${cancelled}/cancel`, {}, () =>
      count('orders where id = ? and status = ?', cancelled, 'cancelled'),
    ),
    write('activate', '/access-codes/activate', { code }, () =>
      count('entitlements where user_id = ? and source_type = ?', user, 'access_code'),
    ),
    write('points', ...pay('points', byPoints, 'POINTS'), () =>
      count('payments where order_id = ? and status = ?', byPoints, 'paid'),
    ),
    write('refund', '/payments/alipay/refund', { orderId: returned, amount: '0.40', reason: '不想要了' }, () =>
      count('refunds where order_id = ?', returned),
    ),
    write('payment', ...pay('alipay', opened, METHOD.alipay), () => count('payments where order_id = ?', opened)),
  ]
}

/** An order that is paid with Alipay. */
const paid = async (user: string, productId: string): Promise<string> => {
  const { orderId, codeUrl } = await open(world, await order(world, productId, user), 'alipay', user)
  await world.sandbox.alipay.pay(codeUrl)
  await until(async () => (await count('orders where id = ? and status = ?', orderId, 'paid')) === 1)
  return orderId
}

const count = async (what: string, ...values: readonly string[]): Promise<number> =>
  Number((await world.books.rows(`select count(*) as found from ${what}`, ...values))[0]?.['found'])
