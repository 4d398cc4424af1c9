import { createServer } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadSettings } from '../../src/main/config.ts'
import { startService } from '../../src/main/start.ts'
import { tokens } from '../../src/main/tokens.ts'
import { call, eventually, GRANT, open, order, orderState, paymentOf, sell } from '../wire/payer.ts'
import { freePort } from '../support/free-port.ts'
import { type Running, readersOf, startRunning } from '../support/service.ts'

describe('an order paid through the whole service', () => {
  let running: Running
  beforeAll(async () => {
    running = await startRunning()
  })
  afterAll(() => running.stop())

  it.each(['wechat', 'alipay'] as const)(
    '%s: ordered, paid on the phone, called back, delivered, shown as paid',
    async (gateway) => {
      const productId = await sell(running, { type: 'points', points: 1000, bonusPoints: 100 }, '10.00')
      const user = `payer-of-${gateway}`
      const { orderId, codeUrl, token } = await open(running, await order(running, productId, user), gateway, user)
      await running.sandbox[gateway].pay(codeUrl)
      await eventually(
        () => orderState(running, orderId),
        (seen) => seen?.status === 'paid',
      )
      const { json } = await call(running, `/orders/${orderId}`, { token })
      expect(json.data).toMatchObject({ status: 'paid', amount: '10.00', refundedAmount: '0.00' })
      expect((await call(running, '/points', { token })).json.data.balance).toBe(1100)
      const [trade] = running.sandbox[gateway].trades().filter(({ callbacks }) => callbacks.length > 0)
      expect(trade?.callbacks).toHaveLength(1)
    },
  )

  it('a lost callback: the query route asks the gateway and settles', async () => {
    const productId = await sell(running, GRANT)
    const { orderId, outTradeNo, token } = await open(running, await order(running, productId), 'wechat')
    running.sandbox.wechat.faults.add({ operation: 'callback', kind: 'never', outTradeNo })
    await running.sandbox.wechat.pay(outTradeNo)
    const { status, json } = await call(running, `/payments/wechat/query/${orderId}`, { token })
    expect([status, json.data.payment.status, json.data.order.status]).toEqual([200, 'paid', 'paid'])
    expect(await readersOf(running).transactions.listByOrder(orderId)).toMatchObject([{ source: 'query' }])
  })

  it.each(['cut_after', 'error_500_after', 'html_502', 'unsigned', 'bad_signature', 'truncated'] as const)(
    'an answer of the gateway that is lost or worth nothing (%s): 503, and the same attempt goes on',
    async (kind) => {
      const productId = await sell(running, GRANT)
      const orderId = await order(running, productId)
      const token = await running.token('u1')
      for (const [gateway, method] of [
        ['wechat', 'WECHAT_NATIVE'],
        ['alipay', 'ALIPAY_QR'],
      ] as const) {
        running.sandbox[gateway].faults.add({ operation: 'create', kind })
        const body = { orderId, method }
        const lost = await call(running, `/payments/${gateway}/create`, { token, body })
        expect([lost.status, lost.json.code]).toEqual([503, 'GATEWAY_UNAVAILABLE'])
        const again = await call(running, `/payments/${gateway}/create`, { token, body })
        expect(again.status).toBe(201)
        const attempts = (await readersOf(running).payments.listByOrder(orderId)).filter(
          ({ value }) => value.provider === gateway,
        )
        expect(attempts).toHaveLength(1)
        expect((await paymentOf(running, again.json.data.payment.outTradeNo))?.status).toBe('pending')
      }
    },
  )
})

describe('a start without the Redis that was named', () => {
  it('serves all the same, says so, and stops', async () => {
    const running = await startRunning({ settings: { REDIS_URL: `redis://127.0.0.1:${await freePort()}` } })
    const ready = await fetch(`${running.origin}/readyz`)
    expect([ready.status, await ready.json()]).toEqual([
      200,
      { status: 'ready', checks: { database: true, redis: false } },
    ])
    const opened = await open(running, await order(running, await sell(running, GRANT)), 'wechat')
    expect((await call(running, `/orders/${opened.orderId}`, { token: opened.token })).status).toBe(200)
    await running.stop()
  })
})

describe('a start that can not succeed', () => {
  it('names every fault of the gateways and opens nothing', async () => {
    const settings = loadSettings({
      DATABASE_URL: 'sqlite::memory:',
      LOG_LEVEL: 'silent',
      JWT_SECRET: 'x'.repeat(40),
      PORT: '3999',
      DATA_ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64'),
      WECHAT_APP_ID: 'wx1',
      WECHAT_MCH_ID: '1900000109',
      WECHAT_API_V3_KEY: 'short',
      WECHAT_API_CLIENT_KEY: 'no key',
      WECHAT_API_SERIAL_NO: 'AB12',
      ALIPAY_APP_ID: '2021000000000000',
      ALIPAY_PRIVATE_KEY: 'no key',
      ALIPAY_PUBLIC_KEY: 'no key',
    })._unsafeUnwrap()
    const { problems } = (await startService(settings))._unsafeUnwrapErr()
    expect(problems.some((one) => one.startsWith('WECHAT'))).toBe(true)
    expect(problems.some((one) => one.startsWith('ALIPAY'))).toBe(true)
    expect(problems.join(' ')).not.toContain('no key')
  })

  it('closes what it had opened where its port is taken', async () => {
    const occupant = createServer()
    const port = await new Promise<number>((resolve) => {
      occupant.listen(0, '127.0.0.1', () => {
        const address = occupant.address()
        resolve(typeof address === 'object' && address !== null ? address.port : 0)
      })
    })
    const running = await startRunning()
    try {
      const settings = running.service.container.get(tokens.settings)
      const taken = { ...settings, PORT: port, DATABASE_URL: 'sqlite::memory:' }
      await expect(startService(taken)).rejects.toThrow(/EADDRINUSE/)
    } finally {
      await running.stop()
      occupant.close()
    }
  })
})
