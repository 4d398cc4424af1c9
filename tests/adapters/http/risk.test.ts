import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createMemoryRateLimiter } from '../../../src/adapters/limits/memory-rate-limiter.ts'
import { adminToken, NO_LIMITS, type Reply, type Service, startService, tokenFor } from './service.ts'

const RISK = '/api/v1/admin/risk'

let service: Service
let token: string
let user: string
let productId: string
beforeEach(async () => {
  service = await startService()
  token = await adminToken()
  user = await tokenFor('u1')
  productId = (await service.sell()).id
})
afterEach(() => service.stop())

const ask = (method: string, path: string, body?: unknown): Promise<Reply> =>
  service.call(method, RISK + path, { token, body })
const buy = (as = user): Promise<Reply> =>
  service.call('POST', '/api/v1/orders', { token: as, body: { items: [{ productId, quantity: 1 }] } })
const pay = (orderId: string, as = user): Promise<Reply> =>
  service.call('POST', '/api/v1/payments/wechat/create', { token: as, body: { orderId, method: 'WECHAT_NATIVE' } })
const bar = (address = '127.0.0.1') => ask('POST', '/blacklist', { address, reason: '撞库' })
const decisions = async (query = '') => (await ask('GET', `/decisions?${query}`)).json.data
const audited = async (subject: string) =>
  (await service.call('GET', `/api/v1/admin/audit?subject=${subject}`, { token })).json.data

describe('the blacklist', () => {
  it('refuses orders, payments and codes from its addresses, and says no more than that', async () => {
    const order = (await buy()).json.data
    const link = new URL(order.cashierUrl).hash.slice(1)
    await bar('127.0.0.0/8')
    const code = { token: user, body: { code: '0000-0000-0000-0000' } }
    const replies = [
      await buy(),
      await pay(order.id),
      await pay(order.id, link),
      await service.call('POST', '/api/v1/access-codes/activate', code),
    ]
    for (const { status, json, text } of replies) {
      expect([status, json.code]).toEqual([403, 'RISK_DENIED'])
      expect(Object.keys(json).toSorted()).toEqual(['code', 'detail', 'requestId', 'status', 'title', 'type'])
      expect(text).not.toMatch(/blacklist|127\.0|撞库/)
    }
    expect(await decisions('outcome=deny')).toMatchObject([
      { action: 'activate_code', userId: 'u1' },
      { action: 'create_payment', userId: null, orderId: order.id },
      { action: 'create_payment', userId: 'u1' },
      { action: 'create_order', userId: 'u1', address: '127.0.0.1', reasons: [{ rule: 'blacklist' }] },
    ])
  })

  it('lets everything else through: reading, and messages of gateways', async () => {
    const order = (await buy()).json.data
    const { outTradeNo } = (await pay(order.id)).json.data.payment
    await bar()
    expect((await service.call('GET', `/api/v1/orders/${order.id}`, { token: user })).status).toBe(200)
    service.gateways.wechat.pay(outTradeNo)
    const message = service.gateways.wechat.paymentNotification(outTradeNo)
    const headers = Object.fromEntries(Object.entries(message.headers).map(([name, value]) => [name, value ?? '']))
    const sent = { raw: new Uint8Array(message.body), headers }
    const notified = await service.call('POST', '/api/v1/payments/wechat/notify', sent)
    expect(notified.status).toBe(204)
  })

  it('lists its entries, takes one off again, and puts both on record', async () => {
    const put = await ask('POST', '/blacklist', {
      address: '203.0.113.0/24',
      reason: '撞库',
      expiresAt: '2026-03-01T05:00:00+00:00',
    })
    expect([put.status, put.json.data]).toEqual([
      201,
      {
        id: expect.any(String),
        address: '203.0.113.0/24',
        reason: '撞库',
        active: true,
        expiresAt: '2026-03-01T05:00:00.000Z',
        createdBy: 'boss',
        createdAt: '2026-03-01T04:00:00.000Z',
      },
    ])
    const { id } = put.json.data
    const again = await ask('POST', '/blacklist', { address: '203.0.113.0/24', reason: '误伤' })
    expect(again.json.data).toMatchObject({ id, reason: '误伤', expiresAt: null })
    expect((await ask('GET', '/blacklist')).json).toEqual({ data: [again.json.data], page: { nextCursor: null } })
    expect((await ask('DELETE', `/blacklist/${id}`)).json.data).toEqual(again.json.data)
    expect((await ask('DELETE', `/blacklist/${id}`)).status).toBe(404)
    expect((await ask('GET', '/blacklist')).json.data).toEqual([])
    expect(await audited(id)).toMatchObject([
      { action: 'risk.unblacklist', actor: 'boss', before: { reason: '误伤' }, after: null },
      { action: 'risk.blacklist', reason: '误伤', before: { reason: '撞库' }, after: { reason: '误伤' } },
      { action: 'risk.blacklist', reason: '撞库', before: null },
    ])
  })

  it.each([
    [{ address: 'example.cn', reason: 'x' }, 'address'],
    [{ address: '10.0.0.1/8', reason: 'x' }, 'address'],
    [{ address: '0.0.0.0/0', reason: 'x' }, 'address'],
    [{ address: '10.0.0.1', reason: '' }, 'reason'],
    [{ address: '10.0.0.1', reason: 'x', expiresAt: '2026-03-01T04:00:00Z' }, 'expiresAt'],
    [{ address: '10.0.0.1', reason: 'x', expiresAt: 'soon' }, 'expiresAt'],
  ])('refuses %j', async (body, path) => {
    const reply = await ask('POST', '/blacklist', body)
    expect([reply.status, reply.json.errors[0].path]).toEqual([400, path])
    expect((await ask('GET', '/blacklist')).json.data).toEqual([])
  })
})

describe('the rules', () => {
  it('are shown as they are, and changed one by one', async () => {
    const before = (await ask('GET', '/rules')).json.data
    expect(before.thresholds).toEqual({ review: 60, deny: 100, version: 0, updatedAt: null })
    expect(before.rules).toHaveLength(5)
    const change = { mode: 'on', parameters: { times: 2 }, reason: '影子运行一周' }
    const changed = await ask('PATCH', '/rules/velocity', change)
    expect(changed.json.data.rules[3]).toEqual({
      rule: 'velocity',
      mode: 'on',
      weight: 30,
      parameters: { times: 2, seconds: 600 },
      version: 1,
      updatedAt: '2026-03-01T04:00:00.000Z',
    })
    const raised = await ask('PATCH', '/thresholds', { review: 20 })
    expect(raised.json.data.thresholds).toMatchObject({ review: 20, deny: 100, version: 1 })
    expect((await ask('GET', '/rules')).json).toEqual(raised.json)
    expect(await audited('velocity')).toMatchObject([
      { action: 'risk.setting', reason: '影子运行一周', before: { mode: 'shadow' }, after: { mode: 'on' } },
    ])
    expect(await audited('thresholds')).toMatchObject([{ before: { review: 60 }, after: { review: 20 } }])
  })

  it.each([
    ['/rules/velocity', { parameters: { orders: 2 } }, 'parameters.orders'],
    ['/rules/velocity', { parameters: { times: 0 } }, 'parameters.times'],
    ['/rules/velocity', { parameters: { times: 1.5 } }, 'parameters.times'],
    ['/rules/velocity', { weight: -1 }, 'weight'],
    ['/rules/velocity', { mode: 'maybe' }, 'mode'],
    ['/rules/velocity', { reason: 'x' }, ''],
    ['/rules/mood', { mode: 'on' }, 'rule'],
    ['/thresholds', { review: 101 }, 'deny'],
    ['/thresholds', { deny: 0 }, 'deny'],
  ])('refuse %s %j', async (path, body, field) => {
    const before = (await ask('GET', '/rules')).json
    const reply = await ask('PATCH', path, body)
    expect([reply.status, reply.json.errors[0].path]).toEqual([400, field])
    expect((await ask('GET', '/rules')).json).toEqual(before)
  })

  it('refuse at once where they say so, and never say which it was', async () => {
    await buy()
    await ask('PATCH', '/rules/velocity', { mode: 'on', weight: 100, parameters: { times: 1 } })
    const refused = await buy()
    expect([refused.status, refused.json.code]).toEqual([403, 'RISK_DENIED'])
    expect(refused.text).not.toContain('velocity')
    expect(await decisions('rule=velocity&outcome=deny&userId=u1')).toMatchObject([{ score: 100, orderId: null }])
    expect((await buy(await tokenFor('u2'))).status).toBe(201)
  })

  it('in shadow are told of in the report, with what became of the orders', async () => {
    await ask('PATCH', '/rules/velocity', { weight: 100, parameters: { times: 1 } })
    await buy()
    const order = (await buy()).json.data
    const { outTradeNo } = (await pay(order.id)).json.data.payment
    service.gateways.wechat.pay(outTradeNo)
    await service.call('GET', `/api/v1/payments/wechat/query/${order.id}`, { token: user })
    const reply = await ask('GET', '/shadow?from=2026-03-01T00:00:00Z&to=2026-03-02T00:00:00Z')
    const none = { decisions: 0, orders: 0, ordersPaid: 0 }
    expect(reply.json.data[3]).toEqual({
      rule: 'velocity',
      outcomes: { allow: none, review: none, deny: { decisions: 1, orders: 1, ordersPaid: 1 } },
      complete: true,
    })
    expect((await ask('GET', '/shadow?from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z')).status).toBe(400)
  })
})

describe('limits on orders', () => {
  it.each(['ordersPerUser', 'ordersPerIp'] as const)('are kept: %s', async (name) => {
    await service.stop()
    const limiter = createMemoryRateLimiter({ points: 2, durationSeconds: 300 })
    service = await startService({ deps: { limits: { ...NO_LIMITS, [name]: limiter } } })
    productId = (await service.sell()).id
    const others = name === 'ordersPerIp' ? ['u1', 'u2', 'u3'] : ['u1', 'u1', 'u1']
    const replies: Reply[] = []
    for (const other of others) replies.push(await buy(await tokenFor(other)))
    expect(replies.map(({ status }) => status)).toEqual([201, 201, 429])
    const { headers, json } = replies[2] ?? {}
    expect(json.code).toBe('RATE_LIMITED')
    expect([headers?.get('ratelimit-limit'), headers?.get('ratelimit-remaining')]).toEqual(['2', '0'])
    expect(Number(headers?.get('retry-after'))).toBeGreaterThan(0)
    if (name === 'ordersPerUser') expect((await buy(await tokenFor('u2'))).status).toBe(201)
  })
})
