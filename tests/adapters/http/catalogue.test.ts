import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fen } from '../../../src/domain/money.ts'
import { adminToken, type Service, startService } from './service.ts'

let service: Service
beforeAll(async () => {
  service = await startService()
})
afterAll(() => service.stop())

describe('the catalogue', () => {
  it('shows what is on sale to anybody, by sort order, and nothing else', async () => {
    await service.sell({ name: '第三', sortOrder: 3 })
    await service.sell({ name: '第一', sortOrder: -1 })
    await service.sell({ name: '第二', sortOrder: 2, fulfilment: { type: 'points', points: 1000, bonusPoints: 100 } })
    await service.sell({ name: '下架', sortOrder: 0, active: false })
    const reply = await service.call('GET', '/api/v1/products')
    expect(reply.status).toBe(200)
    expect(reply.json.data.map((product: { name: string }) => product.name)).toEqual(['第一', '第二', '第三'])
    expect(reply.json.page).toEqual({ nextCursor: null })
  })

  it('shows one product with its price as text', async () => {
    const product = await service.sell({ price: fen(990), fulfilment: { type: 'goods', sku: 'TSHIRT-M' } })
    const reply = await service.call('GET', `/api/v1/products/${product.id}`)
    expect(reply.json.data).toEqual({
      id: product.id,
      name: '年度会员',
      description: '全站内容一年',
      price: '9.90',
      currency: 'CNY',
      active: true,
      sortOrder: 1,
      fulfilment: { type: 'goods', sku: 'TSHIRT-M' },
      createdAt: '2026-03-01T04:00:00.000Z',
      updatedAt: '2026-03-01T04:00:00.000Z',
    })
  })

  it('does not know a product that is not on sale', async () => {
    const { id } = await service.sell({ active: false })
    for (const unknown of [id, 'nothing']) {
      const reply = await service.call('GET', `/api/v1/products/${unknown}`)
      expect([reply.status, reply.json.code]).toEqual([404, 'PRODUCT_NOT_FOUND'])
    }
  })

  it('has the packages of points for themselves', async () => {
    const access = await service.sell()
    const points = await service.sell({ fulfilment: { type: 'points', points: 500, bonusPoints: 0 } })
    const list = await service.call('GET', '/api/v1/packages?limit=100')
    expect(list.json.data.every((one: { fulfilment: { type: string } }) => one.fulfilment.type === 'points')).toBe(true)
    expect((await service.call('GET', `/api/v1/packages/${points.id}`)).status).toBe(200)
    expect((await service.call('GET', `/api/v1/packages/${access.id}`)).status).toBe(404)
  })

  it('comes in pages that together are the whole, once each', async () => {
    for (let i = 0; i < 7; i += 1) await service.sell({ sortOrder: 5 })
    const whole = await service.call('GET', '/api/v1/products?limit=100')
    const seen: string[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page = await service.call('GET', `/api/v1/products?limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`)
      expect(page.json.data.length).toBeLessThanOrEqual(3)
      seen.push(...page.json.data.map((product: { id: string }) => product.id))
      cursor = page.json.page.nextCursor
    }
    expect(seen).toEqual(whole.json.data.map((product: { id: string }) => product.id))
    expect(new Set(seen).size).toBe(seen.length)
  })

  it('shows a change at once', async () => {
    const { id } = await service.sell({ name: '旧名' })
    const token = await adminToken()
    await service.call('PATCH', `/api/v1/admin/products/${id}`, { token, body: { name: '新名' } })
    expect((await service.call('GET', `/api/v1/products/${id}`)).json.data.name).toBe('新名')
  })
})
