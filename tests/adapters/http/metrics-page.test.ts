import { afterEach, describe, expect, it } from 'vitest'
import type { AnsweredRequest, MetricsPage } from '../../../src/adapters/http/deps.ts'
import { type Service, startService, tokenFor } from './service.ts'

let service: Service
afterEach(() => service.stop())

const page = (token?: string): MetricsPage => ({
  contentType: 'text/plain; version=0.0.4; charset=utf-8',
  text: async () => 'shouyin_things_total 1\n',
  token,
})

const readBy = async (headers: Readonly<Record<string, string>>) =>
  (await service.call('GET', '/metrics', { headers })).status

describe('/metrics', () => {
  it('gives a neighbour what is measured, in the words of Prometheus', async () => {
    service = await startService({ deps: { metrics: page() } })
    const { status, text, headers } = await service.call('GET', '/metrics')
    expect([status, text]).toEqual([200, 'shouyin_things_total 1\n'])
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(headers.get('cache-control')).toBe('no-store')
  })

  it.each(['X-Forwarded-For', 'Forwarded', 'X-Real-IP', 'Via'])(
    'is closed to what comes through a proxy nobody trusts, which may come from anywhere (%s)',
    async (name) => {
      service = await startService({ deps: { metrics: page() } })
      expect(await readBy({ [name]: '127.0.0.1' })).toBe(403)
    },
  )

  it.each([
    ['10.1.2.3', 200],
    ['192.168.0.9', 200],
    ['fd00::1', 200],
    ['203.0.113.9', 403],
    ['100.64.0.1', 403],
    ['2001:db8::1', 403],
    ['10.1.2.3, 203.0.113.9', 403],
    ['unknown', 403],
  ])('judges by the address that a trusted proxy saw: %s', async (hops, status) => {
    service = await startService({ deps: { metrics: page(), trustedProxies: ['127.0.0.1', '::1'] } })
    expect(await readBy({ 'X-Forwarded-For': hops })).toBe(status)
  })

  it('wants the token where there is one, from neighbours too, and takes it from anywhere', async () => {
    service = await startService({ deps: { metrics: page('the-token-of-the-watcher') } })
    const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })
    expect(await readBy({})).toBe(401)
    expect(await readBy(bearer('another-token'))).toBe(401)
    expect(await readBy(bearer(await tokenFor('u1')))).toBe(401)
    expect(await readBy(bearer('a-token-of-nobody'))).toBe(401)
    expect(await readBy({ ...bearer('the-token-of-the-watcher'), 'X-Forwarded-For': '203.0.113.9' })).toBe(200)
  })

  it('is not there where nothing is measured', async () => {
    service = await startService({ deps: { metrics: undefined } })
    expect((await service.call('GET', '/metrics')).status).toBe(404)
  })
})

describe('each request', () => {
  it('is told of once with the pattern of its route, never with what was asked for', async () => {
    const seen: AnsweredRequest[] = []
    service = await startService({ deps: { onRequest: (request) => void seen.push(request) } })
    await service.call('GET', '/api/v1/orders/some-order', { token: await tokenFor('u1') })
    await service.call('GET', '/nowhere/some-secret')
    expect(seen).toMatchObject([
      { method: 'GET', route: '/api/v1/orders/:orderId', status: 404 },
      { method: 'GET', route: undefined, status: 404 },
    ])
  })
})
