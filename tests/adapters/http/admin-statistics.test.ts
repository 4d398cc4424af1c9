import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adminToken, type Service, startService, tokenFor } from './service.ts'

let service: Service
let token: string

const get = (path: string, headers: Readonly<Record<string, string>> = {}) =>
  service.call('GET', `/api/v1/admin/stats/${path}`, { token, headers })
const dataOf = async (path: string) => (await get(path)).json.data

/** One payment of 99.00 that is made at noon, paid a minute later and partly asked back after that; one that stays open. */
beforeAll(async () => {
  service = await startService()
  token = await adminToken()
  const user = await tokenFor('u1')
  const { id: productId } = await service.sell()
  const open = async (method: string, provider: string) => {
    const { id: orderId } = await service.order(user, productId)
    const body = { orderId, method }
    const created = await service.call('POST', `/api/v1/payments/${provider}/create`, { token: user, body })
    return { orderId, outTradeNo: String(created.json.data.payment.outTradeNo) }
  }
  await open('ALIPAY_QR', 'alipay')
  const { orderId, outTradeNo } = await open('WECHAT_NATIVE', 'wechat')
  service.clock.advance(60_000)
  service.gateways.wechat.pay(outTradeNo)
  await service.call('GET', `/api/v1/payments/wechat/query/${orderId}`, { token: user })
  const refund = { orderId, amount: '30.00', reason: 'x' }
  await service.call('POST', '/api/v1/payments/wechat/refund', { token: user, body: refund })
})
afterAll(() => service.stop())

describe('GET /admin/stats/overview', () => {
  it('says what there was and what became of it', async () => {
    const none = { count: 0, amount: '0.00' }
    expect(await dataOf('overview')).toEqual({
      payments: {
        byStatus: {
          pending: { count: 1, amount: '99.00' },
          paid: none,
          partially_refunded: { count: 1, amount: '99.00' },
          refunded: none,
          failed: none,
          closed: none,
        },
        byProvider: {
          wechat: { count: 1, amount: '99.00' },
          alipay: { count: 1, amount: '99.00' },
          points: none,
        },
      },
      refunds: {
        byStatus: {
          pending: none,
          processing: none,
          success: { count: 1, amount: '30.00' },
          failed: none,
          cancelled: none,
        },
      },
      successRate: 1,
      refundSuccessRate: 1,
      timeToPaid: { count: 1, averageMs: 60_000 },
      callbackDelay: { count: 0, averageMs: 0, over30sCount: 0 },
    })
  })

  it('takes days of Shanghai, both included, and instants, of which the last is not', async () => {
    const pending = async (query: string) => (await dataOf(`overview?${query}`)).payments.byStatus.pending.count
    expect(await pending('from=2026-03-01&to=2026-03-01')).toBe(1)
    expect(await pending('from=2026-02-28T16:00:00Z&to=2026-03-01T16:00:00Z')).toBe(1)
    expect(await pending('to=2026-03-01T00:00:00%2B08:00')).toBe(0)
    expect(await pending('to=2026-03-01T00:00:00.001%2B08:00')).toBe(1)
    expect(await pending('from=2026-03-01T23:59:59.999%2B08:00')).toBe(1)
    expect(await pending('from=2026-03-02')).toBe(0)
    expect(await pending('provider=wechat')).toBe(0)
  })
})

describe('GET /admin/stats/trend', () => {
  it('has the last thirty days, day by day, where nothing else is said', async () => {
    const points = await dataOf('trend')
    expect(points).toHaveLength(30)
    expect(points[0].period).toBe('2026-01-31')
    expect(points.at(-1)).toEqual({
      period: '2026-03-01',
      paymentCount: 1,
      amount: '99.00',
      refundCount: 1,
      refundAmount: '30.00',
    })
  })

  it('goes by weeks and months too', async () => {
    const periods = async (period: string): Promise<readonly string[]> =>
      (await dataOf(`trend?period=${period}`)).map((one: { readonly period: string }) => one.period)
    expect(await periods('week')).toEqual(['2026-01-26', '2026-02-02', '2026-02-09', '2026-02-16', '2026-02-23'])
    expect(await periods('month')).toEqual(['2026-01-01', '2026-02-01', '2026-03-01'])
    expect((await get('trend?period=year')).status).toBe(400)
  })
})

describe('GET /admin/stats/channels and /refunds', () => {
  it('say what came in, and what went back', async () => {
    const [wechat, alipay] = await dataOf('channels')
    const paid = { provider: 'wechat', paymentCount: 1, amount: '99.00', averageAmount: '99.00', successRate: 1 }
    expect([wechat, alipay.paymentCount]).toEqual([paid, 0])
    expect(await dataOf('channels?provider=alipay')).toEqual([
      { provider: 'alipay', paymentCount: 0, amount: '0.00', averageAmount: '0.00', successRate: 0 },
    ])
    expect(await dataOf('refunds')).toEqual({
      refundCount: 1,
      amount: '30.00',
      averageAmount: '30.00',
      refundRate: 1,
    })
  })
})

describe('a time that is none', () => {
  it.each([
    ['from=2026-03-02&to=2026-03-01', 'from', 'it is after to'],
    ['from=2021-02-28&to=2026-03-01', 'from', 'at most 5 years'],
    ['from=2026-02-30', 'from', 'a day, yyyy-MM-dd, or an instant in RFC 3339'],
    ['to=yesterday', 'to', 'a day, yyyy-MM-dd, or an instant in RFC 3339'],
    ['to=1969-12-31', 'to', 'a day, yyyy-MM-dd, or an instant in RFC 3339'],
    ['to=9999-12-31T23:59:59Z', 'to', 'a day, yyyy-MM-dd, or an instant in RFC 3339'],
  ])('is refused: %s', async (query, path, message) => {
    for (const route of ['overview', 'trend', 'channels', 'refunds']) {
      const reply = await get(`${route}?${query}`, { 'accept-language': 'en' })
      expect([reply.status, reply.json.errors]).toEqual([400, [{ path, message }]])
    }
  })

  it('is not one of five years', async () => {
    expect((await get('trend?from=2021-03-01&to=2026-03-01')).status).toBe(200)
  })
})
