import { err } from 'neverthrow'
import { afterEach, describe, expect, it } from 'vitest'
import { countingRateLimiter } from '../../../src/adapters/memory/counting-rate-limiter.ts'
import { fixedClock } from '../../../src/adapters/memory/fixed-clock.ts'
import type { FullGateway, GatewayError } from '../../../src/application/payments/payment-gateway.ts'
import { NO_LIMITS, NOW, type Reply, type Service, type ServiceOptions, startService, tokenFor } from './service.ts'

let service: Service
afterEach(() => service.stop())

/** A service with one order of u1 in it. */
const withOrder = async (options: ServiceOptions = {}) => {
  service = await startService(options)
  const token = await tokenFor('u1')
  const order = await service.order(token, (await service.sell()).id)
  const create = (body: object = {}, provider = 'wechat', sent: object = { token }): Promise<Reply> =>
    service.call('POST', `/api/v1/payments/${provider}/create`, {
      body: { orderId: order.id, method: provider === 'wechat' ? 'WECHAT_NATIVE' : 'ALIPAY_QR', ...body },
      ...sent,
    })
  return { token, order, create, link: new URL(order.cashierUrl).hash.slice(1) }
}

const codeOf = ({ status, json }: Reply) => [status, json.code]

describe('POST /payments/{provider}/create', () => {
  it('opens a payment and says what the payer does next', async () => {
    const { order, create } = await withOrder()
    const reply = await create()
    expect(reply.status).toBe(201)
    const { id, outTradeNo, ...payment } = reply.json.data.payment
    expect(id).toMatch(/^[0-9a-f]{32}$/)
    expect(outTradeNo).toMatch(/^[0-9A-Za-z_-]{6,32}$/)
    expect(payment).toEqual({
      orderId: order.id,
      provider: 'wechat',
      method: 'WECHAT_NATIVE',
      transactionId: null,
      amount: '99.00',
      refundedAmount: '0.00',
      currency: 'CNY',
      status: 'pending',
      expiresAt: order.expiresAt,
      paidAt: null,
      createdAt: '2026-03-01T04:00:00.000Z',
      updatedAt: '2026-03-01T04:00:00.000Z',
    })
    expect(reply.json.data.action).toEqual({
      type: 'qr',
      codeUrl: `fake://pay/${outTradeNo}`,
      expiresAt: order.expiresAt,
    })
  })

  it('gives the same payment again while it is pending, and another for another provider', async () => {
    const { create } = await withOrder()
    const [first, second, alipay] = [await create(), await create(), await create({}, 'alipay')]
    expect(second.json.data.payment.id).toBe(first.json.data.payment.id)
    expect(alipay.json.data.payment.id).not.toBe(first.json.data.payment.id)
  })

  it('serves the holder of the cashier link, for that order only', async () => {
    const { create, link, token } = await withOrder()
    expect((await create({}, 'wechat', { token: link })).status).toBe(201)
    const other = await service.order(token, (await service.sell()).id)
    expect(codeOf(await create({ orderId: other.id }, 'wechat', { token: link }))).toEqual([404, 'ORDER_NOT_FOUND'])
  })

  it.each([
    ['WECHAT_JSAPI', { openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o' }, 'invoke'],
    ['WECHAT_APP', {}, 'app'],
    ['WECHAT_H5', {}, 'redirect'],
  ])('hands on the action of %s', async (method, more, type) => {
    const { create } = await withOrder()
    expect((await create({ method, ...more })).json.data.action.type).toBe(type)
  })

  it('takes an amount only if it is the order’s', async () => {
    const { create } = await withOrder()
    expect(codeOf(await create({ amount: '99.01' }))).toEqual([409, 'AMOUNT_MISMATCH'])
    expect((await create({ amount: '99' })).status).toBe(201)
    expect((await create({ amount: 99.0 })).status).toBe(201)
    expect((await create({ amount: '099.0' })).status).toBe(201)
  })

  it('names the field where method and provider do not fit, or the openid is missing', async () => {
    const { create } = await withOrder()
    for (const [body, path] of [
      [{ method: 'ALIPAY_QR' }, 'method'],
      [{ method: 'POINTS' }, 'method'],
      [{ method: 'WECHAT_JSAPI' }, 'openid'],
    ] as const) {
      const reply = await create(body)
      expect([...codeOf(reply), reply.json.errors[0].path]).toEqual([400, 'VALIDATION_FAILED', path])
    }
  })

  it('sends a payer back only to listed origins', async () => {
    let asked: string | undefined
    const { create } = await withOrder({
      gateway: (gateway) => ({
        ...gateway,
        create: (trade) => ((asked = trade.request.returnUrl), gateway.create(trade)),
      }),
    })
    for (const returnUrl of [
      'https://evil.example/',
      'https://shop.example.cn.evil.example/',
      'https://shop.example.cn@evil.example/',
      'https://user:secret@shop.example.cn/',
      'http://shop.example.cn/',
      'https://shop.example.cn:8443/',
      'javascript:alert(1)',
      '//shop.example.cn/',
      '/done',
      '',
    ])
      expect([returnUrl, (await create({ returnUrl })).json.errors?.[0].path]).toEqual([returnUrl, 'returnUrl'])
    expect((await create({ returnUrl: 'https://shop.example.cn/done?order=1' })).status).toBe(201)
    expect(asked).toBe('https://shop.example.cn/done?order=1')
  })

  it('tells unknown providers from those that are not configured', async () => {
    const { create } = await withOrder({ configured: ['wechat'] })
    expect(codeOf(await create({}, 'paypal'))).toEqual([404, 'PROVIDER_NOT_FOUND'])
    expect(codeOf(await create({ method: 'junk' }, 'paypal'))).toEqual([404, 'PROVIDER_NOT_FOUND'])
    expect(codeOf(await create({}, 'alipay'))).toEqual([409, 'PROVIDER_NOT_CONFIGURED'])
    expect(codeOf(await create({ method: 'POINTS' }, 'points'))).toEqual([409, 'INSUFFICIENT_POINTS'])
  })

  it('refuses a second payment of a paid order, and one that comes too late', async () => {
    const { create, token } = await withOrder()
    const { payment } = (await create()).json.data
    service.gateways.wechat.pay(payment.outTradeNo)
    await service.call('GET', `/api/v1/payments/wechat/query/${payment.orderId}`, { token })
    expect(codeOf(await create())).toEqual([409, 'DUPLICATE_PAYMENT'])
    const late = await service.order(token, (await service.sell()).id)
    service.clock.advance(1_800_000)
    expect(codeOf(await create({ orderId: late.id }))).toEqual([409, 'PAYMENT_TIMEOUT'])
  })

  it('refuses an order that was cancelled', async () => {
    const { order, create } = await withOrder({
      deps: { createPayment: async () => err({ code: 'ORDER_NOT_PAYABLE' }) },
    })
    expect(codeOf(await create({ orderId: order.id }))).toEqual([409, 'ORDER_NOT_PAYABLE'])
  })

  const failing = (error: GatewayError) => (gateway: FullGateway) => ({ ...gateway, create: async () => err(error) })

  it('says what the gateway refused with, without telling why', async () => {
    const { create } = await withOrder({
      gateway: failing({ code: 'GATEWAY_REJECTED', gatewayCode: 'NO_AUTH', message: '商户号 1900000109 没有权限' }),
    })
    const reply = await create()
    expect(codeOf(reply)).toEqual([502, 'GATEWAY_REJECTED'])
    expect(reply.json.gatewayCode).toBe('NO_AUTH')
    expect(reply.json).not.toHaveProperty('detail')
    expect(reply.text).not.toContain('1900000109')
  })

  it('says 503 where the outcome is unknown, and keeps the payment', async () => {
    const { create, token } = await withOrder({ gateway: failing({ code: 'GATEWAY_UNAVAILABLE', reason: 'timeout' }) })
    expect(codeOf(await create())).toEqual([503, 'GATEWAY_UNAVAILABLE'])
    const list = await service.call('GET', '/api/v1/payments?status=pending', { token })
    expect(list.json.data).toHaveLength(1)
  })

  it('counts by caller and by address, and says when it goes on', async () => {
    const clock = fixedClock({ at: NOW })
    const limiter = (points: number) => countingRateLimiter({ points, durationSeconds: 300, clock })
    const { create, link } = await withOrder({
      deps: { limits: { ...NO_LIMITS, paymentsPerUser: limiter(2), paymentsPerIp: limiter(3) } },
    })
    expect((await create()).status).toBe(201)
    expect((await create()).status).toBe(201)
    const refused = await create()
    expect(codeOf(refused)).toEqual([429, 'RATE_LIMITED'])
    expect(refused.headers.get('retry-after')).toBe('300')
    expect(refused.headers.get('ratelimit-limit')).toBe('2')
    expect(refused.headers.get('ratelimit-remaining')).toBe('0')
    expect(refused.headers.get('ratelimit-reset')).toBe('300')
    expect((await create({}, 'wechat', { token: link })).status).toBe(201)
    const byAddress = await create({}, 'wechat', { token: link })
    expect([byAddress.status, byAddress.headers.get('ratelimit-limit')]).toEqual([429, '3'])
  })
})

describe('GET /payments/{provider}/query/{orderId}', () => {
  it('asks the gateway, books what it says and answers both', async () => {
    const { create, order, token, link } = await withOrder()
    const { payment } = (await create()).json.data
    const path = `/api/v1/payments/wechat/query/${order.id}`
    expect((await service.call('GET', path, { token })).json.data.payment.status).toBe('pending')
    const receipt = service.gateways.wechat.pay(payment.outTradeNo)
    const reply = await service.call('GET', path, { token: link })
    expect(reply.json.data.payment).toMatchObject({
      id: payment.id,
      status: 'paid',
      transactionId: receipt.transactionId,
      paidAt: '2026-03-01T04:00:00.000Z',
    })
    expect(reply.json.data.order).toMatchObject({ id: order.id, status: 'paid', paymentId: payment.id })
  })

  it('knows no payment that was not begun, and no foreign order', async () => {
    const { order, token } = await withOrder()
    const query = (provider: string, orderId: string) =>
      service.call('GET', `/api/v1/payments/${provider}/query/${orderId}`, { token })
    expect(codeOf(await query('wechat', order.id))).toEqual([404, 'PAYMENT_NOT_FOUND'])
    expect(codeOf(await query('wechat', 'nothing'))).toEqual([404, 'ORDER_NOT_FOUND'])
    expect(codeOf(await query('paypal', order.id))).toEqual([404, 'PROVIDER_NOT_FOUND'])
  })

  it('says 503 where the gateway gives no answer', async () => {
    const { create, order, token } = await withOrder({
      gateway: (gateway) => ({
        ...gateway,
        query: async () => err({ code: 'GATEWAY_UNAVAILABLE', reason: 'timeout' }),
      }),
    })
    await create()
    const reply = await service.call('GET', `/api/v1/payments/wechat/query/${order.id}`, { token })
    expect(codeOf(reply)).toEqual([503, 'GATEWAY_UNAVAILABLE'])
  })
})

describe('POST /payments/{provider}/close/{orderId}', () => {
  it('closes the open payment and answers it with the order, also the second time', async () => {
    const { create, order, token, link } = await withOrder()
    const { payment } = (await create()).json.data
    const path = `/api/v1/payments/wechat/close/${order.id}`
    for (const sent of [token, link]) {
      const reply = await service.call('POST', path, { token: sent })
      expect(reply.status).toBe(200)
      expect(reply.json.data.payment).toMatchObject({ id: payment.id, status: 'closed', transactionId: null })
      expect(reply.json.data.order).toMatchObject({ id: order.id, status: 'pending', paymentId: null })
    }
    expect(() => service.gateways.wechat.pay(payment.outTradeNo)).toThrow('nobody can pay')
    expect((await create({}, 'alipay')).status).toBe(201)
  })

  it('settles what turns out to be paid and says 409', async () => {
    const { create, order, token } = await withOrder()
    const { payment } = (await create()).json.data
    service.gateways.wechat.pay(payment.outTradeNo)
    const reply = await service.call('POST', `/api/v1/payments/wechat/close/${order.id}`, { token })
    expect(codeOf(reply)).toEqual([409, 'DUPLICATE_PAYMENT'])
    expect((await service.call('GET', `/api/v1/orders/${order.id}`, { token })).json.data.status).toBe('paid')
  })

  it('says 503 where the outcome is unknown, and 404 where there is nothing to close', async () => {
    const { create, order, token } = await withOrder({
      gateway: (gateway) => ({
        ...gateway,
        close: async () => err({ code: 'GATEWAY_UNAVAILABLE', reason: 'timeout' }),
      }),
    })
    const close = (provider: string, orderId: string) =>
      service.call('POST', `/api/v1/payments/${provider}/close/${orderId}`, { token })
    expect(codeOf(await close('wechat', order.id))).toEqual([404, 'PAYMENT_NOT_FOUND'])
    await create()
    expect(codeOf(await close('wechat', order.id))).toEqual([503, 'GATEWAY_UNAVAILABLE'])
    expect(codeOf(await close('wechat', 'nothing'))).toEqual([404, 'ORDER_NOT_FOUND'])
    expect(codeOf(await close('paypal', order.id))).toEqual([404, 'PROVIDER_NOT_FOUND'])
  })
})

describe('GET /payments', () => {
  it("lists the caller's own in pages, and reads one", async () => {
    const { create, token } = await withOrder()
    const first = (await create()).json.data.payment
    service.clock.advance(1000)
    const second = (await create({}, 'alipay')).json.data.payment
    const page = await service.call('GET', '/api/v1/payments?limit=1', { token })
    expect(page.json.data).toEqual([second])
    const next = await service.call('GET', `/api/v1/payments?limit=1&cursor=${page.json.page.nextCursor}`, { token })
    expect(next.json).toEqual({ data: [first], page: { nextCursor: null } })
    expect((await service.call('GET', '/api/v1/payments?status=paid', { token })).json.data).toEqual([])
    expect((await service.call('GET', `/api/v1/payments/${first.id}`, { token })).json.data).toEqual(first)
  })

  it('does not know a foreign payment', async () => {
    const { create } = await withOrder()
    const { id } = (await create()).json.data.payment
    const token = await tokenFor('u2')
    expect((await service.call('GET', '/api/v1/payments', { token })).json.data).toEqual([])
    expect(codeOf(await service.call('GET', `/api/v1/payments/${id}`, { token }))).toEqual([404, 'PAYMENT_NOT_FOUND'])
  })
})
