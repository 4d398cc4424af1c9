import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Running, startRunning } from '../support/service.ts'
import { call, eventually, GRANT, open, order, orderState, sell } from './payer.ts'

describe('points over HTTP', () => {
  let running: Running
  beforeAll(async () => {
    running = await startRunning()
  })
  afterAll(() => running.stop())

  it('are bought with WeChat Pay and spent on access, each once', async () => {
    const points = await sell(running, { type: 'points', points: 1000, bonusPoints: 100 }, '10.00')
    const access = await sell(running, GRANT, '10.50')
    const bought = await open(running, await order(running, points), 'wechat')
    await running.sandbox.wechat.pay(bought.codeUrl)
    await eventually(
      () => orderState(running, bought.orderId),
      (seen) => seen?.status === 'paid',
    )
    const { token } = bought
    const orderId = await order(running, access)
    const pay = () => call(running, '/payments/points/create', { token, body: { orderId, method: 'POINTS' } })
    const { status, json } = await pay()
    expect([status, json.data.action, json.data.payment.status]).toEqual([201, { type: 'none' }, 'paid'])
    expect((await pay()).json.code).toBe('DUPLICATE_PAYMENT')
    expect((await call(running, '/points', { token })).json.data.balance).toBe(50)
    expect((await call(running, `/access/${access}`, { token })).status).toBe(200)
    const queried = await call(running, `/payments/points/query/${orderId}`, { token })
    expect([queried.status, queried.json.data.order.status]).toEqual([200, 'paid'])
    const entries = (await call(running, '/points/entries', { token })).json.data
    expect(entries.map((entry: { delta: number }) => entry.delta).toSorted((a: number, b: number) => a - b)).toEqual([
      -1050, 100, 1000,
    ])
  })

  it('come back with what they paid for, in parts and to the last one', async () => {
    const points = await sell(running, { type: 'points', points: 100, bonusPoints: 0 }, '1.00')
    const access = await sell(running, GRANT, '0.99')
    const bought = await open(running, await order(running, points, 'u7'), 'alipay', 'u7')
    await running.sandbox.alipay.pay(bought.codeUrl)
    await eventually(
      () => orderState(running, bought.orderId),
      (seen) => seen?.status === 'paid',
    )
    const { token } = bought
    const orderId = await order(running, access, 'u7')
    await call(running, '/payments/points/create', { token, body: { orderId, method: 'POINTS' } })
    const balance = async () => (await call(running, '/points', { token })).json.data.balance
    const seen: unknown[] = [await balance()]
    for (const amount of ['0.33', '0.66']) {
      const body = { orderId, amount, reason: '退' }
      const { status, json } = await call(running, '/payments/points/refund', { token, body })
      expect([status, json.data.status]).toEqual([201, 'success'])
      seen.push(await balance())
    }
    expect(seen).toEqual([1, 34, 100])
    const { status, refundedAmount } = (await call(running, `/orders/${orderId}`, { token })).json.data
    expect([status, refundedAmount]).toEqual(['refunded', '0.99'])
  })

  it('are not spent by whoever holds the cashier link', async () => {
    const orderId = await order(running, await sell(running, GRANT))
    const { json } = await call(running, `/orders/${orderId}`, { token: await running.token('u1') })
    const link = String(json.data.cashierUrl).split('#')[1] ?? ''
    const body = { orderId, method: 'POINTS' }
    const refused = await call(running, '/payments/points/create', { token: link, body })
    expect([refused.status, refused.json.code]).toEqual([403, 'FORBIDDEN'])
  })
})
