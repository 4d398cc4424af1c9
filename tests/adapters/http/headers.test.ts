import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { rawRequest } from './raw-request.ts'
import { adminToken, type Service, type ServiceOptions, startService, tokenFor } from './service.ts'

let service: Service
beforeAll(async () => {
  service = await startService()
})
afterAll(() => service.stop())

const others: Service[] = []
const another = async (options: ServiceOptions): Promise<Service> => {
  const started = await startService(options)
  others.push(started)
  return started
}
afterEach(async () => {
  for (const one of others.splice(0)) await one.stop()
})

const PLACES = [
  '/api/v1/products',
  '/api/v1/orders',
  '/api/v1/nothing',
  '/healthz',
  '/readyz',
  '/openapi.json',
  '/docs',
  '/docs/start.js',
  '/cashier/abc',
  '/cashier/assets/plain.svg',
  '/sandbox',
]

describe('every answer', () => {
  it.each(PLACES)('of %s is guarded against what browsers would otherwise allow', async (path) => {
    const { headers } = await service.call('GET', path)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('x-frame-options')).toBe('DENY')
    const policy = headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toContain('unsafe')
    expect(headers.get('strict-transport-security')).toBe('max-age=31536000')
    expect(headers.get('x-powered-by')).toBeNull()
    expect(headers.get('x-request-id')).toMatch(/^[\w.-]+$/)
    expect(headers.get('cache-control')).not.toBeNull()
  })

  it('with data in it is kept by nobody', async () => {
    const token = await tokenFor('u1')
    for (const path of ['/api/v1/orders', '/api/v1/products', '/api/v1/points', '/api/v1/orders/x', '/cashier/abc'])
      expect((await service.call('GET', path, { token })).headers.get('cache-control'), path).toBe('no-store')
  })

  it('does not bind a plain http installation to https', async () => {
    const plain = await another({ deps: { publicUrl: 'http://10.0.0.5:3000' } })
    expect((await plain.call('GET', '/docs')).headers.get('strict-transport-security')).toBeNull()
    expect((await plain.call('GET', '/docs')).headers.get('content-security-policy')).not.toContain('upgrade-insecure')
  })
})

describe('the request id', () => {
  it('is the caller’s own if it is a sane one, and in answer and log', async () => {
    const reply = await service.call('GET', '/api/v1/nothing', { headers: { 'x-request-id': 'order-7.Ab_9' } })
    expect(reply.headers.get('x-request-id')).toBe('order-7.Ab_9')
    expect(reply.json.requestId).toBe('order-7.Ab_9')
    await expect.poll(() => service.logs.some(({ requestId }) => requestId === 'order-7.Ab_9')).toBe(true)
  })

  it.each(['', 'a b', 'x'.repeat(129), '{"a":1}', '../x', 'a,b', '<b>'])(
    'is made where %j was given',
    async (given) => {
      const reply = await service.call('GET', '/healthz', { headers: { 'x-request-id': given } })
      expect(reply.headers.get('x-request-id')).toMatch(/^[0-9a-f]{32}$/)
    },
  )
})

describe('the access log', () => {
  it('has one line for each request, without anything secret', async () => {
    const quiet = await another({ deps: { trustedProxies: ['127.0.0.1'] } })
    const token = await tokenFor('u1')
    const order = await quiet.order(token, (await quiet.sell()).id)
    quiet.logs.length = 0
    const link = new URL(order.cashierUrl).hash.slice(1)
    await quiet.call('GET', `/api/v1/orders/${order.id}`, {
      token: link,
      headers: { 'x-forwarded-for': '198.51.100.7' },
    })
    await quiet.call('GET', '/api/v1/nothing?token=hush')
    await quiet.call('POST', '/api/v1/orders', { token, body: { items: [{ productId: 'secret-body', quantity: 1 }] } })
    await expect.poll(() => quiet.logs.length).toBe(3)
    expect(quiet.logs[0]).toEqual({
      level: 'info',
      message: 'request',
      requestId: expect.any(String),
      method: 'GET',
      route: '/api/v1/orders/:orderId',
      status: 200,
      durationMs: 0,
      ip: '198.51.100.7',
      orderId: order.id,
    })
    expect(quiet.logs[1]).toMatchObject({ route: undefined, status: 404, problem: 'NOT_FOUND' })
    expect(quiet.logs[2]).toMatchObject({ route: '/api/v1/orders', status: 404, problem: 'PRODUCT_NOT_FOUND' })
    const all = JSON.stringify(quiet.logs)
    for (const secret of [link, token, 'hush', 'secret-body']) expect(all).not.toContain(secret)
  })
})

describe('pages of other origins', () => {
  const ask = (origin: string, method = 'GET', headers = {}) =>
    service.call(method, '/api/v1/products', { headers: { origin, ...headers } })

  it('may call from listed origins only', async () => {
    const allowed = await ask('https://shop.example.cn')
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://shop.example.cn')
    expect(allowed.headers.get('access-control-expose-headers')).toContain('X-Request-Id')
    expect(allowed.headers.get('access-control-allow-credentials')).toBeNull()
    expect(allowed.headers.get('vary')).toContain('Origin')
    for (const origin of [
      'https://evil.example',
      'https://shop.example.cn.evil.example',
      'http://shop.example.cn',
      'null',
      '*',
    ])
      expect((await ask(origin)).headers.get('access-control-allow-origin'), origin).toBeNull()
  })

  it('are told so beforehand', async () => {
    const preflight = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' }
    const allowed = await ask('https://shop.example.cn', 'OPTIONS', preflight)
    expect(allowed.status).toBe(204)
    expect(allowed.headers.get('access-control-allow-headers')).toContain('Idempotency-Key')
    expect(allowed.headers.get('access-control-allow-methods')).toBe('GET,HEAD,POST,PATCH,DELETE')
    expect(
      (await ask('https://evil.example', 'OPTIONS', preflight)).headers.get('access-control-allow-origin'),
    ).toBeNull()
  })

  it('can read what went wrong', async () => {
    const reply = await service.call('GET', '/api/v1/orders', { headers: { origin: 'https://shop.example.cn' } })
    expect([reply.status, reply.headers.get('access-control-allow-origin')]).toEqual([401, 'https://shop.example.cn'])
  })
})

describe('other methods', () => {
  it('are refused with those that are right', async () => {
    const token = await adminToken()
    for (const [method, path, allow] of [
      ['DELETE', '/api/v1/orders', ['GET', 'HEAD', 'OPTIONS', 'POST']],
      ['POST', '/api/v1/products', ['GET', 'HEAD', 'OPTIONS']],
      ['PUT', '/api/v1/admin/products/x', ['OPTIONS', 'PATCH']],
      ['POST', '/healthz', ['GET', 'HEAD', 'OPTIONS']],
    ] as const) {
      const reply = await service.call(method, path, { token, headers: { 'x-http-method-override': 'GET' } })
      expect([method, path, reply.status, reply.json.code]).toEqual([method, path, 405, 'METHOD_NOT_ALLOWED'])
      expect(reply.headers.get('allow')?.split(', ').sort()).toEqual(allow)
    }
  })

  it('OPTIONS tells them, HEAD is GET without a body', async () => {
    const options = await service.call('OPTIONS', '/api/v1/orders')
    expect([options.status, options.headers.get('allow')?.split(', ').sort()]).toEqual([
      204,
      ['GET', 'HEAD', 'OPTIONS', 'POST'],
    ])
    const get = await service.call('GET', '/api/v1/products')
    const head = await service.call('HEAD', '/api/v1/products')
    expect([head.status, head.text, head.headers.get('content-length')]).toEqual([200, '', String(get.text.length)])
    expect((await service.call('HEAD', '/api/v1/orders')).status).toBe(401)
  })

  it('TRACE is one of them, and gives nothing back', async () => {
    const head = 'Host: x\r\nCookie: planted=secret\r\nConnection: close\r\n\r\n'
    for (const [path, status] of [
      ['/api/v1/orders', 405],
      ['/api/v1/payments/wechat/notify', 405],
      ['/nothing', 404],
    ] as const) {
      const reply = await rawRequest(service.origin, `TRACE ${path} HTTP/1.1\r\n${head}`)
      expect([path, reply.split(' ')[1]]).toEqual([path, String(status)])
      expect(reply).not.toContain('planted')
    }
  })

  it('are not known where there is nothing', async () => {
    for (const method of ['GET', 'POST', 'DELETE', 'OPTIONS', 'HEAD'])
      expect((await service.call(method, '/api/v1/nothing')).status).toBe(404)
    for (const path of ['/', '/api/v1', '/api/v1/', '/api/v2/products', '/favicon.ico', '/docs/', '/.env'])
      expect((await service.call('GET', path)).json.code).toBe('NOT_FOUND')
  })
})
