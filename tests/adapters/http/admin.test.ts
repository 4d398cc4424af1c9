import { ok } from 'neverthrow'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adminToken, type Service, startService } from './service.ts'

let service: Service
let token: string
beforeAll(async () => {
  service = await startService()
  token = await adminToken()
})
afterAll(() => service.stop())

const access = { type: 'access', delivery: 'grant', validityDays: 365 }

describe('POST /admin/products', () => {
  it('puts a product on sale, with what is usual where nothing is said', async () => {
    const body = { name: '会员', price: 100.0, fulfilment: access }
    const reply = await service.call('POST', '/api/v1/admin/products', { token, body })
    expect(reply.status).toBe(201)
    expect(reply.json.data).toMatchObject({
      name: '会员',
      description: '',
      price: '100.00',
      currency: 'CNY',
      active: true,
      sortOrder: 0,
      fulfilment: access,
    })
    expect((await service.call('GET', `/api/v1/products/${reply.json.data.id}`)).json).toEqual(reply.json)
  })

  it.each([
    [
      { type: 'points', points: 1000 },
      { type: 'points', points: 1000, bonusPoints: 0 },
    ],
    [
      { type: 'goods', sku: 'HAT-1' },
      { type: 'goods', sku: 'HAT-1' },
    ],
  ])('delivers %j', async (fulfilment, kept) => {
    const body = { name: 'x', price: '1', fulfilment }
    expect((await service.call('POST', '/api/v1/admin/products', { token, body })).json.data.fulfilment).toEqual(kept)
  })
})

describe('PATCH /admin/products/{productId}', () => {
  it('changes what it is given and nothing else', async () => {
    const product = await service.sell()
    const path = `/api/v1/admin/products/${product.id}`
    const before = (await service.call('GET', `/api/v1/products/${product.id}`)).json.data
    service.clock.advance(1000)
    const reply = await service.call('PATCH', path, { token, body: { price: '0.5', active: false } })
    const updatedAt = service.clock.now().toISOString()
    expect(reply.json.data).toEqual({ ...before, price: '0.50', active: false, updatedAt })
    expect((await service.call('PATCH', path, { token, body: {} })).status).toBe(400)
    expect((await service.call('PATCH', path, { token, body: { name: null } })).status).toBe(400)
    expect((await service.call('PATCH', path, { token, body: { id: 'other' } })).status).toBe(400)
  })

  it('does not know what is not there', async () => {
    const reply = await service.call('PATCH', '/api/v1/admin/products/nothing', { token, body: { active: false } })
    expect([reply.status, reply.json.code]).toEqual([404, 'PRODUCT_NOT_FOUND'])
  })
})

describe('the inventory', () => {
  const adjust = (sku: string, delta: number) =>
    service.call('POST', `/api/v1/admin/inventory/${sku}/adjust`, { token, body: { delta, reason: '盘点' } })

  it('is adjusted and listed by sku, in pages', async () => {
    expect((await adjust('B', 5)).json.data).toEqual({ sku: 'B', onHand: 5, reserved: 0, available: 5 })
    await adjust('A', 1)
    await adjust('C', 2)
    expect((await adjust('B', -2)).json.data.onHand).toBe(3)
    const first = (await service.call('GET', '/api/v1/admin/inventory?limit=2', { token })).json
    expect(first.data.map(({ sku }: { sku: string }) => sku)).toEqual(['A', 'B'])
    const second = await service.call('GET', `/api/v1/admin/inventory?cursor=${first.page.nextCursor}`, { token })
    expect(second.json.data.map(({ sku }: { sku: string }) => sku)).toEqual(['C'])
  })

  it('has a ledger for each sku, the newest line first', async () => {
    for (const delta of [7, -2, 1]) {
      service.clock.advance(1000)
      await adjust('LEDGER', delta)
    }
    const path = '/api/v1/admin/inventory/LEDGER/entries'
    const first = (await service.call('GET', `${path}?limit=2`, { token })).json
    expect(first.data[0]).toEqual({
      id: expect.any(String),
      kind: 'adjustment',
      delta: 1,
      orderId: null,
      actor: 'boss',
      reason: '盘点',
      createdAt: service.clock.now().toISOString(),
    })
    const second = (await service.call('GET', `${path}?cursor=${first.page.nextCursor}`, { token })).json
    expect([...first.data, ...second.data].map(({ delta }) => delta)).toEqual([1, -2, 7])
    expect((await service.call('GET', '/api/v1/admin/inventory/NOTHING/entries', { token })).json.data).toEqual([])
  })

  it('never goes below what is promised', async () => {
    const reply = await adjust('EMPTY', -1)
    expect([reply.status, reply.json.code]).toEqual([409, 'OUT_OF_STOCK'])
  })
})

describe('what the operator did', () => {
  it('is handed on with who, from where and in which request', async () => {
    const seen: unknown[] = []
    const other = await startService({
      deps: {
        trustedProxies: ['127.0.0.1'],
        adjustInventory: async (change, operator) => {
          seen.push(change.sku, operator)
          return ok({ sku: change.sku, onHand: 0, reserved: 0 })
        },
      },
    })
    await other.call('POST', '/api/v1/admin/inventory/HAT/adjust', {
      token,
      body: { delta: 1, reason: 'x' },
      headers: { 'x-request-id': 'req-7', 'x-forwarded-for': '198.51.100.7' },
    })
    expect(seen).toEqual(['HAT', { actor: 'boss', requestId: 'req-7', ip: '198.51.100.7' }])
    await other.stop()
  })
})
