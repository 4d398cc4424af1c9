import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCashierTokens } from '../../../src/adapters/http/cashier-token.ts'
import { fen } from '../../../src/domain/money.ts'
import { adminToken, LINK_KEY, PUBLIC_URL, type Service, startService, tokenFor } from './service.ts'

let service: Service
let token: string
beforeAll(async () => {
  service = await startService()
  token = await tokenFor('u1')
})
afterAll(() => service.stop())

const linkOf = (order: { cashierUrl: string }): string => new URL(order.cashierUrl).hash.slice(1)

describe('POST /orders', () => {
  it('takes prices from the catalogue and answers the order', async () => {
    const book = await service.sell({ name: '书', price: fen(1) })
    const year = await service.sell({ price: fen(9900) })
    const items = [
      { productId: book.id, quantity: 3 },
      { productId: year.id, quantity: 1 },
    ]
    const reply = await service.call('POST', '/api/v1/orders', { token, body: { items } })
    expect(reply.status).toBe(201)
    const { id, cashierUrl, ...order } = reply.json.data
    expect(id).toMatch(/^[0-9a-f]{32}$/)
    expect(cashierUrl.startsWith(`${PUBLIC_URL}/cashier/${id}#`)).toBe(true)
    expect(order).toEqual({
      userId: 'u1',
      status: 'pending',
      amount: '99.03',
      refundedAmount: '0.00',
      currency: 'CNY',
      items: [
        { productId: book.id, name: '书', unitPrice: '0.01', quantity: 3 },
        { productId: year.id, name: '年度会员', unitPrice: '99.00', quantity: 1 },
      ],
      paymentId: null,
      expiresAt: '2026-03-01T04:30:00.000Z',
      paidAt: null,
      createdAt: '2026-03-01T04:00:00.000Z',
      updatedAt: '2026-03-01T04:00:00.000Z',
    })
  })

  it('refuses a product that is not on sale, and goods that are not there', async () => {
    const gone = await service.sell({ active: false })
    const goods = await service.sell({ fulfilment: { type: 'goods', sku: 'HAT' } })
    const admin = await adminToken()
    await service.call('POST', '/api/v1/admin/inventory/HAT/adjust', {
      token: admin,
      body: { delta: 2, reason: '进货' },
    })
    const buy = (productId: string, quantity: number) =>
      service.call('POST', '/api/v1/orders', { token, body: { items: [{ productId, quantity }] } })
    expect((await buy(gone.id, 1)).json.code).toBe('PRODUCT_NOT_FOUND')
    expect((await buy('nothing', 1)).status).toBe(404)
    const tooMany = await buy(goods.id, 3)
    expect([tooMany.status, tooMany.json.code]).toEqual([409, 'OUT_OF_STOCK'])
    expect((await buy(goods.id, 2)).status).toBe(201)
    expect((await buy(goods.id, 1)).json.code).toBe('OUT_OF_STOCK')
  })

  it('refuses a total nobody could pay', async () => {
    const free = await service.sell({ price: fen(0) })
    const dear = await service.sell({ price: fen(9_999_999_999) })
    for (const [productId, quantity] of [
      [free.id, 1],
      [dear.id, 2],
    ]) {
      const reply = await service.call('POST', '/api/v1/orders', { token, body: { items: [{ productId, quantity }] } })
      expect([reply.status, reply.json.code, reply.json.errors[0].path]).toEqual([400, 'VALIDATION_FAILED', 'items'])
    }
  })
})

describe('GET /orders', () => {
  it("lists the caller's own, newest first, in pages, by status and time", async () => {
    const mine = await tokenFor('lister')
    const product = await service.sell()
    const ids: string[] = []
    for (let i = 0; i < 5; i += 1) {
      ids.unshift((await service.order(mine, product.id)).id)
      service.clock.advance(1000)
    }
    const list = async (query: string) => (await service.call('GET', `/api/v1/orders${query}`, { token: mine })).json
    const idsOf = (page: { data: { id: string }[] }) => page.data.map(({ id }) => id)
    expect(idsOf(await list(''))).toEqual(ids)
    const first = await list('?limit=2')
    const second = await list(`?limit=2&cursor=${first.page.nextCursor}`)
    const third = await list(`?limit=2&cursor=${second.page.nextCursor}`)
    expect([...idsOf(first), ...idsOf(second), ...idsOf(third)]).toEqual(ids)
    expect(third.page.nextCursor).toBeNull()
    expect(idsOf(await list('?status=paid'))).toEqual([])
    expect(idsOf(await list('?status=pending&limit=100'))).toEqual(ids)
    const at = first.data[1].createdAt
    expect(idsOf(await list(`?from=${at}`))).toEqual(ids.slice(0, 2))
    expect(idsOf(await list(`?to=${at}`))).toEqual(ids.slice(2))
    expect(idsOf(await list(`?from=${encodeURIComponent(at.replace('Z', '+00:00'))}`))).toEqual(ids.slice(0, 2))
    expect((await service.call('GET', '/api/v1/orders', { token: await tokenFor('nobody') })).json.data).toEqual([])
  })
})

describe('GET /orders/{orderId}', () => {
  it('gives the order to its owner, and to whoever holds its cashier link', async () => {
    const order = await service.order(token, (await service.sell()).id)
    const path = `/api/v1/orders/${order.id}`
    expect((await service.call('GET', path, { token })).json.data).toEqual(order)
    expect((await service.call('GET', path, { token: linkOf(order) })).json.data).toEqual(order)
  })

  it('answers byte for byte the same for a foreign order, a missing one and a link of another', async () => {
    const product = await service.sell()
    const mine = await service.order(token, product.id)
    const other = await service.order(await tokenFor('u2'), product.id)
    const headers = { 'x-request-id': 'same' }
    const foreign = await service.call('GET', `/api/v1/orders/${other.id}`, { token, headers })
    const missing = await service.call('GET', '/api/v1/orders/nothing', { token, headers })
    const byLink = await service.call('GET', `/api/v1/orders/${other.id}`, { token: linkOf(mine), headers })
    expect([foreign.status, foreign.json.code]).toEqual([404, 'ORDER_NOT_FOUND'])
    expect(missing.text).toBe(foreign.text)
    expect(byLink.text).toBe(foreign.text)
  })
})

describe('a cashier link', () => {
  it('never renews itself, and ends a day after its order', async () => {
    const order = await service.order(token, (await service.sell()).id)
    const path = `/api/v1/orders/${order.id}`
    const left = new Date(order.expiresAt).getTime() + 86_400_000 - service.clock.now().getTime()
    service.clock.advance(left - 1000)
    const last = await service.call('GET', path, { token: linkOf(order) })
    expect(last.json.data.cashierUrl).toBe(order.cashierUrl)
    service.clock.advance(1000)
    const reply = await service.call('GET', path, { token: linkOf(order) })
    expect([reply.status, reply.json.code]).toEqual([401, 'UNAUTHENTICATED'])
  })

  it('is new for the owner, for a day from now, where the order has ended long ago', async () => {
    const owner = await tokenFor('later', { exp: service.clock.now().getTime() / 1000 + 30 * 86_400 })
    const order = await service.order(owner, (await service.sell()).id)
    service.clock.advance(7 * 86_400_000)
    const again = (await service.call('GET', `/api/v1/orders/${order.id}`, { token: owner })).json.data
    expect((await service.call('GET', `/api/v1/orders/${order.id}`, { token: linkOf(again) })).status).toBe(200)
    const dayLater = createCashierTokens({ keys: [LINK_KEY], clock: service.clock })
    service.clock.advance(86_400_000)
    expect(dayLater.verify(linkOf(again))).toBeUndefined()
  })
})
