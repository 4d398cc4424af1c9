import { Redis } from 'ioredis'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freePort } from '../support/free-port.ts'
import { type Running, startRunning } from '../support/service.ts'
import { call, eventually, GRANT, type Json, open, order, sell } from '../wire/payer.ts'
import { becomes, paidOrder, refund } from '../wire/refunder.ts'
import { type PrivateRedis, privateRedis } from './private-redis.ts'
import { until, withRedis } from './services.ts'

const LIMITS = { RATE_LIMIT_PAYMENTS_PER_USER: '3/3600s' }

withRedis(() => {
  let redis: PrivateRedis
  let here: Running
  let there: Running
  /** Two processes of one service: the same books and keys, and the same Redis. */
  const start = async (settings: Readonly<Record<string, string>> = {}): Promise<void> => {
    const port = await freePort()
    const common = { REDIS_URL: redis.url, PUBLIC_URL: `http://127.0.0.1:${port}`, ...settings }
    here = await startRunning({ settings: { ...common, PORT: String(port) } })
    there = await startRunning({ settings: { ...common, DATABASE_URL: here.database.url } })
    for (const one of [here, there]) await until(async () => (await ready(one)).json.checks.redis)
  }
  const ready = async ({ origin }: Running) => {
    const answer = await fetch(`${origin}/readyz`)
    return { status: answer.status, json: (await answer.json()) as Json }
  }
  const textOf = async ({ origin }: Running, path: string, token: string): Promise<string> => {
    const answer = await fetch(`${origin}/api/v1${path}`, { headers: { authorization: `Bearer ${token}` } })
    return `${answer.status} ${await answer.text()}`
  }
  /** Opens a payment for an order of its own; the answer's status. */
  const pay = async (running: Running, productId: string, user: string): Promise<number> => {
    const token = await running.token(user)
    const body = { orderId: await order(here, productId, user), method: 'WECHAT_NATIVE' }
    return (await call(running, '/payments/wechat/create', { token, body })).status
  }

  beforeEach(async () => {
    redis = await privateRedis()
  })
  afterEach(async () => {
    redis.thaw()
    await there.stop()
    await here.stop()
    await redis.remove()
  })

  describe('two processes over Redis', () => {
    it('limit payments together, each alone while Redis is killed, and together again', async () => {
      await start(LIMITS)
      const productId = await sell(here, GRANT)
      expect([await pay(here, productId, 'u1'), await pay(there, productId, 'u1')]).toEqual([201, 201])
      expect([await pay(here, productId, 'u1'), await pay(there, productId, 'u1')]).toEqual([201, 429])
      await redis.kill()
      for (const one of [here, there])
        for (const status of [201, 201, 201, 429]) expect(await pay(one, productId, 'u1')).toBe(status)
      expect(await ready(here)).toEqual({
        status: 200,
        json: { status: 'ready', checks: { database: true, redis: false } },
      })
      await redis.start()
      for (const one of [here, there]) await until(async () => (await ready(one)).json.checks.redis)
      const statuses = []
      for (const one of [here, there, here, there]) statuses.push(await pay(one, productId, 'u1'))
      expect(statuses).toEqual([201, 201, 201, 429])
    })

    it('answer in less than a second while Redis hangs', async () => {
      await start(LIMITS)
      const productId = await sell(here, GRANT)
      const { orderId, token } = await paidOrder(here, 'wechat', productId)
      redis.freeze()
      const took: number[] = []
      for (const request of [
        () => pay(here, productId, 'u2'),
        () => pay(here, productId, 'u2'),
        async () => (await call(here, `/orders/${orderId}`, { token })).status,
        async () => (await call(here, '/products')).status,
        async () => (await ready(here)).status,
      ]) {
        const begun = performance.now()
        expect(await request()).toBeLessThan(300)
        took.push(performance.now() - begun)
      }
      expect(Math.max(...took)).toBeLessThan(1000)
    })

    it('show a finished order byte by byte as the one without a cache, only to its owner, and what becomes of it', async () => {
      await start()
      const opened = await paidOrder(here, 'alipay', await sell(here, GRANT))
      const path = `/orders/${opened.orderId}`
      const fresh = await textOf(here, path, opened.token)
      // What is handed on from the outbox makes everybody forget it once more.
      await until(
        async () => (await textOf(here, path, opened.token)) === fresh && (await isKept(redis, opened.orderId)),
      )
      for (const one of [there, here, there]) expect(await textOf(one, path, opened.token)).toBe(fresh)
      const stranger = await there.token('u2')
      expect(await textOf(there, path, stranger)).toMatch(/^404 /)
      const { json } = await refund(here, 'alipay', opened, '9.00')
      await becomes(here, json.data.refundNo, opened.token, 'success')
      const after = await eventually(
        () => textOf(there, path, opened.token),
        (text) => text !== fresh,
      )
      expect(JSON.parse(after.slice(4)).data).toMatchObject({ status: 'partially_refunded', refundedAmount: '9.00' })
      expect(await textOf(here, path, opened.token)).toBe(after)
    })

    it('show a change of the catalogue everywhere', async () => {
      await start()
      const productId = await sell(here, GRANT)
      for (const one of [here, there]) expect((await call(one, `/products/${productId}`)).status).toBe(200)
      await fetch(`${here.origin}/api/v1/admin/products/${productId}`, {
        method: 'PATCH',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${await here.token('boss', true)}` },
        body: JSON.stringify({ active: false }),
      })
      const seen = await eventually(
        () => call(there, `/products/${productId}`),
        ({ status }) => status === 404,
      )
      expect(seen.status).toBe(404)
    })

    it('tell a page in one at once of what the other commits', async () => {
      await start()
      const productId = await sell(here, GRANT)
      const opened = await open(here, await order(here, productId), 'wechat')
      const page = await fetch(`${there.origin}/api/v1/orders/${opened.orderId}/events`, {
        headers: { authorization: `Bearer ${opened.token}` },
      })
      const reading = page.text() // The stream ends with the order's final state.
      await here.sandbox.wechat.pay(opened.codeUrl)
      expect(await reading).toContain('"status":"paid"')
    })
  })
})

const isKept = async ({ url }: PrivateRedis, orderId: string): Promise<boolean> => {
  const client = new Redis(url)
  const kept = await client.exists(`shouyin:cache:orders:value:${orderId}`)
  client.disconnect()
  return kept === 1
}
