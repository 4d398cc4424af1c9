import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { normaliseCode } from '../../../src/domain/access-code.ts'
import type { Product } from '../../../src/domain/product.ts'
import { adminToken, type Sent, type Service, startService, tokenFor } from './service.ts'

const EXPIRES_AT = '2026-12-31T16:00:00.000Z'

let service: Service
let token: string
let product: Product
beforeAll(async () => {
  service = await startService()
  token = await adminToken()
  product = await service.sell()
})
afterAll(() => service.stop())

const make = (given: object = {}, sent: Sent = {}) =>
  service.call('POST', '/api/v1/admin/access-codes', {
    token,
    body: { productId: product.id, count: 3, expiresAt: EXPIRES_AT, ...given },
    ...sent,
  })
const list = async (query: string) => (await service.call('GET', `/api/v1/admin/access-codes?${query}`, { token })).json
const csvOf = (batchId: string) => service.call('GET', `/api/v1/admin/access-codes.csv?batchId=${batchId}`, { token })
const revoke = (id: string) => service.call('POST', `/api/v1/admin/access-codes/${id}/revoke`, { token })

const codesIn = (csv: string): string[] =>
  csv
    .split('\r\n')
    .slice(1, -1)
    .map((line) => line.slice(0, 19))

describe('POST /admin/access-codes', () => {
  it('makes a batch, and the same one for the same key', async () => {
    const headers = { 'idempotency-key': 'batch-1' }
    const reply = await make({ expiresAt: '2027-01-01T00:00:00+08:00' }, { headers })
    expect(reply.status).toBe(201)
    expect(reply.json.data).toEqual({
      batchId: expect.any(String),
      productId: product.id,
      count: 3,
      expiresAt: EXPIRES_AT,
      createdAt: '2026-03-01T04:00:00.000Z',
    })
    const again = await make({ expiresAt: '2027-01-01T00:00:00+08:00' }, { headers })
    expect([again.status, again.json]).toEqual([201, reply.json])
    expect((await list(`batchId=${reply.json.data.batchId}`)).data).toHaveLength(3)
  })

  it.each([
    [{ count: 0 }, 'count'],
    [{ count: 10_001 }, 'count'],
    [{ count: 1.5 }, 'count'],
    [{ expiresAt: '2026-03-01T04:00:00Z' }, 'expiresAt'],
    [{ expiresAt: 'tomorrow' }, 'expiresAt'],
    [{ batchId: 'mine' }, 'batchId'],
  ])('refuses %j', async (given, path) => {
    const reply = await make(given)
    expect([reply.status, reply.json.errors[0].path]).toEqual([400, path])
  })

  it('refuses a product that gives no access, or is not there', async () => {
    const hat = await service.sell({ fulfilment: { type: 'goods', sku: 'HAT' } })
    const reply = await make({ productId: hat.id })
    expect([reply.status, reply.json.errors[0].path]).toEqual([400, 'productId'])
    const missing = await make({ productId: 'nothing' })
    expect([missing.status, missing.json.code]).toEqual([404, 'PRODUCT_NOT_FOUND'])
  })
})

describe('GET /admin/access-codes', () => {
  it('lists by batch, product and status in pages, and shows four characters of each', async () => {
    const { batchId } = (await make({ count: 5 })).json.data
    const first = await list(`batchId=${batchId}&limit=3`)
    const second = await list(`batchId=${batchId}&limit=3&cursor=${first.page.nextCursor}`)
    const all = [...first.data, ...second.data]
    expect([all.length, second.page.nextCursor]).toEqual([5, null])
    expect(all[0]).toEqual({
      id: expect.any(String),
      lastFour: expect.stringMatching(/^[0-9A-Z]{4}$/),
      productId: product.id,
      batchId,
      orderId: null,
      status: 'available',
      validityDays: 365,
      expiresAt: EXPIRES_AT,
      activatedBy: null,
      activatedAt: null,
      createdAt: '2026-03-01T04:00:00.000Z',
    })
    const codes = codesIn((await csvOf(batchId)).text)
    expect(all.map(({ lastFour }) => lastFour)).toEqual(codes.map((code) => code.slice(-4)))
    for (const code of codes) expect(JSON.stringify(first)).not.toContain(code.slice(0, 9))
    expect((await list(`batchId=${batchId}&status=revoked`)).data).toEqual([])
    expect((await list(`batchId=${batchId}&productId=other`)).data).toEqual([])
    expect((await service.call('GET', '/api/v1/admin/access-codes?status=sold', { token })).status).toBe(400)
  })
})

describe('GET /admin/access-codes.csv', () => {
  it('gives every code of the batch, as a file that spreadsheets read', async () => {
    const { batchId } = (await make()).json.data
    const reply = await fetch(`${service.origin}/api/v1/admin/access-codes.csv?batchId=${batchId}`, {
      headers: { authorization: `Bearer ${token}` },
    })
    expect(reply.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(reply.headers.get('content-disposition')).toBe(`attachment; filename="access-codes-${batchId}.csv"`)
    expect(reply.headers.get('cache-control')).toBe('no-store')
    const bytes = Buffer.from(await reply.arrayBuffer())
    expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf])
    const [head, ...lines] = bytes.subarray(3).toString().split('\r\n')
    expect(head).toBe('code,status,productId,validityDays,expiresAt')
    expect(lines).toHaveLength(4)
    expect(lines.pop()).toBe('')
    for (const line of lines) {
      const [code = '', ...facts] = line.split(',')
      expect(normaliseCode(code)).toBeDefined()
      expect(facts).toEqual(['available', product.id, '365', EXPIRES_AT])
    }
    const [code] = codesIn(bytes.toString())
    const body = { code }
    const user = await tokenFor('u1')
    expect((await service.call('POST', '/api/v1/access-codes/activate', { token: user, body })).status).toBe(200)
  })

  it('does not know what is not there, and asks which batch', async () => {
    expect((await csvOf('nothing')).json.code).toBe('NOT_FOUND')
    expect((await service.call('GET', '/api/v1/admin/access-codes.csv', { token })).status).toBe(400)
  })
})

describe('POST /admin/access-codes/{id}/revoke', () => {
  it('makes a code worthless, once and for all', async () => {
    const { batchId } = (await make({ count: 1 })).json.data
    const [code] = codesIn((await csvOf(batchId)).text)
    const { id } = (await list(`batchId=${batchId}`)).data[0]
    const reply = await revoke(id)
    expect([reply.status, reply.json.data.status]).toEqual([200, 'revoked'])
    expect((await revoke(id)).json).toEqual(reply.json)
    const tried = await service.call('POST', '/api/v1/access-codes/activate', { token, body: { code } })
    expect(tried.json.code).toBe('ACCESS_CODE_INVALID')
  })

  it('is refused once it is used', async () => {
    const { batchId } = (await make({ count: 1 })).json.data
    const [code] = codesIn((await csvOf(batchId)).text)
    await service.call('POST', '/api/v1/access-codes/activate', { token, body: { code } })
    const [listed] = (await list(`batchId=${batchId}`)).data
    expect(listed).toMatchObject({ status: 'activated', activatedBy: 'boss' })
    const reply = await revoke(listed.id)
    expect([reply.status, reply.json.code]).toEqual([404, 'ACCESS_CODE_INVALID'])
    expect((await revoke('nothing')).json.code).toBe('NOT_FOUND')
  })

  it('takes a reason, or no body at all, and nothing else', async () => {
    const { batchId } = (await make({ count: 3 })).json.data
    const [first, second, third] = (await list(`batchId=${batchId}`)).data
    const path = (id: string) => `/api/v1/admin/access-codes/${id}/revoke`
    const revokeWith = (id: string, sent: Sent) => service.call('POST', path(id), { token, ...sent })
    expect((await revokeWith(first.id, {})).status).toBe(200)
    expect((await revokeWith(second.id, { body: {} })).status).toBe(200)
    expect((await revokeWith(third.id, { body: { reason: '' } })).status).toBe(400)
    expect((await revokeWith(third.id, { body: { because: 'x' } })).status).toBe(400)
    expect((await revokeWith(third.id, { raw: 'reason=x' })).status).toBe(415)
    expect((await revokeWith(third.id, { body: { reason: '泄露' } })).status).toBe(200)
    const audited = await service.call('GET', `/api/v1/admin/audit?subject=${third.id}`, { token })
    expect(audited.json.data).toMatchObject([{ actor: 'boss', action: 'access_code.revoke', reason: '泄露' }])
  })
})
