import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { normaliseCode } from '../../../src/domain/access-code.ts'
import type { Product } from '../../../src/domain/product.ts'
import { type Service, startService, tokenFor } from './service.ts'

let service: Service
beforeAll(async () => {
  service = await startService()
})
afterAll(() => service.stop())

/** Orders and pays, so that the product is delivered. */
const buy = async (token: string, product: Product, quantity = 1): Promise<void> => {
  const items = [{ productId: product.id, quantity }]
  const order = (await service.call('POST', '/api/v1/orders', { token, body: { items } })).json.data
  const body = { orderId: order.id, method: 'WECHAT_NATIVE' }
  const { payment } = (await service.call('POST', '/api/v1/payments/wechat/create', { token, body })).json.data
  service.gateways.wechat.pay(payment.outTradeNo)
  await service.call('GET', `/api/v1/payments/wechat/query/${order.id}`, { token })
}

const get = (token: string, path: string) => service.call('GET', `/api/v1${path}`, { token })

describe('GET /access', () => {
  it('shows what the caller may use, and for one product until when, extensions joined', async () => {
    const token = await tokenFor('reader')
    const product = await service.sell({ fulfilment: { type: 'access', delivery: 'grant', validityDays: 30 } })
    expect((await get(token, `/access/${product.id}`)).status).toBe(404)
    await buy(token, product)
    await buy(token, product)
    const one = await get(token, `/access/${product.id}`)
    expect(one.json.data).toEqual({
      productId: product.id,
      startsAt: '2026-03-01T04:00:00.000Z',
      expiresAt: '2026-04-30T04:00:00.000Z',
    })
    const list = await get(token, '/access?limit=1')
    expect(list.json.data[0]).toMatchObject({ productId: product.id, source: { type: 'order_line' } })
    const rest = await get(token, `/access?cursor=${list.json.page.nextCursor}`)
    const starts = [...list.json.data, ...rest.json.data].map(({ startsAt }: { startsAt: string }) => startsAt).sort()
    expect(starts).toEqual(['2026-03-01T04:00:00.000Z', '2026-03-31T04:00:00.000Z'])
    expect(rest.json.page.nextCursor).toBeNull()
  })

  it('shows nothing of other users, and nothing that has lapsed', async () => {
    const token = await tokenFor('lapsed', { exp: 4_000_000_000 })
    const product = await service.sell({ fulfilment: { type: 'access', delivery: 'grant', validityDays: 1 } })
    await buy(token, product)
    expect((await get(await tokenFor('stranger'), '/access')).json.data).toEqual([])
    expect((await get(await tokenFor('stranger'), `/access/${product.id}`)).json.code).toBe('NOT_FOUND')
    service.clock.advance(86_400_000)
    expect((await get(token, '/access')).json.data).toEqual([])
    expect((await get(token, `/access/${product.id}`)).status).toBe(404)
    service.clock.set(new Date('2026-03-01T04:00:00.000Z'))
  })
})

describe('GET /access-codes', () => {
  it('shows the codes the caller bought, as they are written, in pages', async () => {
    const token = await tokenFor('buyer')
    const product = await service.sell({ fulfilment: { type: 'access', delivery: 'code', validityDays: 365 } })
    await buy(token, product, 3)
    const all = (await get(token, '/access-codes')).json
    expect(all.data).toHaveLength(3)
    for (const { code, ...facts } of all.data) {
      expect(code).toMatch(/^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/)
      expect(normaliseCode(code)).toBeDefined()
      expect(facts).toMatchObject({ productId: product.id, status: 'available', validityDays: 365, activatedAt: null })
    }
    const first = (await get(token, '/access-codes?limit=2')).json
    const second = (await get(token, `/access-codes?limit=2&cursor=${first.page.nextCursor}`)).json
    expect([...first.data, ...second.data]).toEqual(all.data)
    expect((await get(await tokenFor('stranger'), '/access-codes')).json.data).toEqual([])
  })
})

describe('GET /points', () => {
  it('shows balance and ledger', async () => {
    const token = await tokenFor('collector')
    expect((await get(token, '/points')).json).toEqual({ data: { balance: 0 } })
    await buy(token, await service.sell({ fulfilment: { type: 'points', points: 1000, bonusPoints: 100 } }))
    expect((await get(token, '/points')).json).toEqual({ data: { balance: 1100 } })
    const first = (await get(token, '/points/entries?limit=1')).json
    const second = (await get(token, `/points/entries?cursor=${first.page.nextCursor}`)).json
    const entries = [...second.data, ...first.data].map(({ kind, delta, balanceAfter }) => ({
      kind,
      delta,
      balanceAfter,
    }))
    expect(entries).toHaveLength(2)
    expect(entries).toContainEqual({ kind: 'purchase', delta: 1000, balanceAfter: 1000 })
    expect(entries).toContainEqual({ kind: 'bonus', delta: 100, balanceAfter: 1100 })
    expect((await get(await tokenFor('stranger'), '/points/entries')).json.data).toEqual([])
  })
})
