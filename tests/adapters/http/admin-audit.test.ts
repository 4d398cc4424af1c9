import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adminToken, type Service, startService } from './service.ts'

let service: Service
let token: string
beforeAll(async () => {
  service = await startService()
  token = await adminToken()
})
afterAll(() => service.stop())

const audit = async (query: string) => (await service.call('GET', `/api/v1/admin/audit?${query}`, { token })).json

describe('GET /admin/audit', () => {
  it('tells who did what, why, from where, and what was there before and after', async () => {
    const product = await service.sell({ name: '旧' })
    service.clock.advance(1000)
    await service.call('PATCH', `/api/v1/admin/products/${product.id}`, {
      token,
      body: { name: '新', reason: '改名' },
      headers: { 'x-request-id': 'req-9' },
    })
    const { data } = await audit(`subject=${product.id}&actor=boss`)
    expect(data).toMatchObject([
      {
        actor: 'boss',
        action: 'product.update',
        subject: product.id,
        reason: '改名',
        before: { name: '旧' },
        after: { name: '新' },
        requestId: 'req-9',
        ip: '127.0.0.1',
        at: service.clock.now().toISOString(),
      },
    ])
    expect(data[0].after).not.toHaveProperty('reason')
    const [created] = (await audit(`subject=${product.id}&action=product.create`)).data
    expect(created).toMatchObject({ reason: null, before: null, after: { name: '旧', price: product.price } })
  })

  it('lists the newest first in pages, and by time', async () => {
    const from = service.clock.now().toISOString()
    for (const delta of [1, 2, 3]) {
      service.clock.advance(1000)
      const body = { delta, reason: `${delta}` }
      await service.call('POST', '/api/v1/admin/inventory/HAT/adjust', { token, body })
    }
    const first = await audit(`subject=HAT&limit=2&from=${from}`)
    const second = await audit(`subject=HAT&limit=2&cursor=${first.page.nextCursor}`)
    const reasons = [...first.data, ...second.data].map(({ reason }) => reason)
    expect([reasons, second.page.nextCursor]).toEqual([['3', '2', '1'], null])
    expect((await audit(`subject=HAT&to=${from}`)).data).toEqual([])
    expect((await service.call('GET', '/api/v1/admin/audit?who=me', { token })).status).toBe(400)
  })
})
