import { ok } from 'neverthrow'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deliveredDelivery, dueDelivery, minute, parkedDelivery } from '../../support/builders.ts'
import { adminToken, NOW, type Sent, type Service, startService } from './service.ts'

const PATH = '/api/v1/admin/webhook-endpoints'
const URL_GIVEN = 'https://shop.example.cn/hooks'

let service: Service
let token: string
beforeAll(async () => {
  service = await startService()
  token = await adminToken()
})
afterAll(() => service.stop())

const create = (given: object = {}, sent: Sent = {}) =>
  service.call('POST', PATH, { token, body: { url: URL_GIVEN, ...given }, ...sent })
const created = async (given: object = {}) => (await create(given)).json.data
const patch = (id: string, body: object, headers = {}) =>
  service.call('PATCH', `${PATH}/${id}`, { token, body, headers })
const get = (path: string) => service.call('GET', `${PATH}${path}`, { token })
const redeliver = (id: string) => service.call('POST', `/api/v1/admin/webhook-deliveries/${id}/redeliver`, { token })

describe('POST /admin/webhook-endpoints', () => {
  it('makes an endpoint and shows its secret this once, and the same again for the same key', async () => {
    const headers = { 'idempotency-key': 'endpoint-1' }
    const reply = await create({ eventTypes: ['order.paid'] }, { headers })
    expect([reply.status, reply.json.data]).toEqual([
      201,
      {
        id: expect.any(String),
        url: URL_GIVEN,
        description: '',
        eventTypes: ['order.paid'],
        enabled: true,
        disabledReason: null,
        previousSecretValidUntil: null,
        secret: expect.stringMatching(/^whsec_[\w+/]{43}=$/),
        createdAt: NOW.toISOString(),
        updatedAt: NOW.toISOString(),
      },
    ])
    expect((await create({ eventTypes: ['order.paid'] }, { headers })).json).toEqual(reply.json)
    const { secret, ...rest } = reply.json.data
    const read = [(await get(`/${rest.id}`)).json.data, ...(await get('?limit=100')).json.data]
    expect(read).toContainEqual(rest)
    expect(JSON.stringify(read)).not.toContain(secret.slice(6))
    expect((await created()).secret).not.toBe(secret)
  })

  it.each([
    [{ url: 'http://shop.example.cn/' }, 'url'],
    [{ url: 'https://127.0.0.1/' }, 'url'],
    [{ url: 'https://0x7f000001/' }, 'url'],
    [{ url: 'https://[::ffff:10.0.0.1]/' }, 'url'],
    [{ url: 'https://169.254.169.254/latest' }, 'url'],
    [{ url: 'https://localhost/' }, 'url'],
    [{ url: 'https://u:p@shop.example.cn/' }, 'url'],
    [{ url: 'nonsense' }, 'url'],
    [{ url: `https://shop.example.cn/${'x'.repeat(2048)}` }, 'url'],
    [{ url: undefined }, 'url'],
    [{ eventTypes: [] }, 'eventTypes'],
    [{ eventTypes: ['order.created'] }, 'eventTypes.0'],
    [{ eventTypes: ['order.paid', 'order.paid'] }, 'eventTypes'],
    [{ description: 'a\nb' }, 'description'],
    [{ secret: 'whsec_mine' }, 'secret'],
  ])('refuses %j', async (given, path) => {
    const reply = await create(given)
    expect([reply.status, reply.json.errors[0].path]).toEqual([400, path])
  })
})

describe('PATCH /admin/webhook-endpoints/{id}', () => {
  it('changes what is given and nothing else', async () => {
    const { id, secret: _, ...before } = await created({ eventTypes: ['order.paid'] })
    const changed = await patch(id, { description: '商城', enabled: false })
    const after = { ...before, id, description: '商城', enabled: false, disabledReason: 'operator' }
    expect([changed.status, changed.json.data]).toEqual([200, { ...after, secret: null }])
    const all = await patch(id, { eventTypes: null, enabled: true, url: 'https://other.example.cn' })
    expect(all.json.data).toMatchObject({ url: 'https://other.example.cn/', eventTypes: null, enabled: true })
    expect((await get(`/${id}`)).json.data).toMatchObject({ description: '商城', disabledReason: null })
  })

  it('rotates the secret once for one key, and the old one is valid for a day beside it', async () => {
    const { id, secret } = await created()
    const headers = { 'idempotency-key': 'rotate-1' }
    const first = (await patch(id, { rotateSecret: true }, headers)).json.data
    expect(first.secret).toMatch(/^whsec_/)
    expect(first.secret).not.toBe(secret)
    expect(first.previousSecretValidUntil).toBe('2026-03-02T04:00:00.000Z')
    expect((await patch(id, { rotateSecret: true }, headers)).json.data).toEqual(first)
    const stored = (await service.store.readers.webhookEndpoints.find(id))?.value.signing
    expect([stored?.secret, stored?.previous?.secret]).toEqual([first.secret, secret])
  })

  it('refuses what is no change, no address, or no endpoint', async () => {
    const { id } = await created()
    for (const body of [{}, { rotateSecret: false }, { url: 'https://10.0.0.1/' }, { enabled: 'yes' }])
      expect((await patch(id, body)).status).toBe(400)
    expect((await patch('nothing', { enabled: true })).json.code).toBe('NOT_FOUND')
  })
})

describe('GET and DELETE /admin/webhook-endpoints', () => {
  it('lists in pages, oldest first', async () => {
    const other = await startService()
    const ids: string[] = []
    for (let n = 0; n < 5; n += 1) {
      const reply = await other.call('POST', PATH, { token, body: { url: URL_GIVEN } })
      ids.push(reply.json.data.id)
      other.clock.advance(1000)
    }
    const first = (await other.call('GET', `${PATH}?limit=3`, { token })).json
    const second = (await other.call('GET', `${PATH}?limit=3&cursor=${first.page.nextCursor}`, { token })).json
    expect([...first.data, ...second.data].map(({ id }) => id)).toEqual(ids)
    expect(second.page.nextCursor).toBeNull()
    await other.stop()
  })

  it('forgets what is deleted', async () => {
    const { id } = await created()
    const reply = await service.call('DELETE', `${PATH}/${id}`, { token })
    expect([reply.status, reply.json.data]).toMatchObject([200, { id, enabled: false }])
    for (const again of [
      await service.call('DELETE', `${PATH}/${id}`, { token }),
      await get(`/${id}`),
      await get(`/${id}/deliveries`),
      await patch(id, { enabled: true }),
    ])
      expect([again.status, again.json.code]).toEqual([404, 'NOT_FOUND'])
    expect((await get('?limit=100')).json.data.map((one: { id: string }) => one.id)).not.toContain(id)
  })
})

describe('deliveries', () => {
  const withDeliveries = async () => {
    const { id: endpointId } = await created()
    const lastAttempt = { at: minute(2), statusCode: 503, error: 'HTTP 503: down' }
    const all = [
      dueDelivery({
        id: `${endpointId}a`,
        eventId: 'e1',
        stream: 'another order',
        seq: 1,
        endpointId,
        createdAt: minute(1),
        dueAt: minute(99),
        attempts: 2,
        failures: 2,
        lastAttempt,
      }),
      deliveredDelivery({ id: `${endpointId}b`, eventId: 'e2', seq: 2, endpointId, createdAt: minute(2) }),
      parkedDelivery({ id: `${endpointId}c`, eventId: 'e3', seq: 3, endpointId, createdAt: minute(3) }),
    ]
    await service.store.transaction.run(async ({ webhookDeliveries }) => {
      for (const one of all) {
        await webhookDeliveries.insert(dueDelivery({ ...one, status: 'due' }))
        const before = await webhookDeliveries.find(one.id)
        if (before !== undefined) await webhookDeliveries.replace(before, one, minute(9))
      }
      return ok(undefined)
    })
    return { endpointId, all }
  }

  it('are listed newest first, by status and in pages, without their bodies', async () => {
    const { endpointId } = await withDeliveries()
    const { data } = (await get(`/${endpointId}/deliveries`)).json
    expect(data.map(({ eventId }: { eventId: string }) => eventId)).toEqual(['e3', 'e2', 'e1'])
    expect(data[2]).toEqual({
      id: `${endpointId}a`,
      endpointId,
      eventId: 'e1',
      type: 'order.paid',
      status: 'due',
      attempts: 2,
      lastAttemptAt: minute(2).toISOString(),
      lastStatusCode: 503,
      lastError: 'HTTP 503: down',
      nextAttemptAt: minute(99).toISOString(),
      createdAt: minute(1).toISOString(),
      deliveredAt: null,
    })
    expect(data[1]).toMatchObject({ status: 'delivered', nextAttemptAt: null, deliveredAt: minute(6).toISOString() })
    const parked = (await get(`/${endpointId}/deliveries?status=parked`)).json.data
    expect(parked).toMatchObject([{ eventId: 'e3', status: 'parked', attempts: 15, lastError: 'HTTP 500' }])
    const first = (await get(`/${endpointId}/deliveries?limit=2`)).json
    const rest = (await get(`/${endpointId}/deliveries?limit=2&cursor=${first.page.nextCursor}`)).json
    expect([...first.data, ...rest.data]).toEqual(data)
    expect((await get(`/${endpointId}/deliveries?status=lost`)).status).toBe(400)
    expect((await get('/nothing/deliveries')).json.code).toBe('NOT_FOUND')
  })

  it('are made due again by hand, whatever became of them', async () => {
    const { all } = await withDeliveries()
    for (const { id, eventId, attempts } of all) {
      const reply = await redeliver(id)
      expect([reply.status, reply.json.data]).toMatchObject([
        200,
        { id, eventId, status: 'due', attempts, nextAttemptAt: NOW.toISOString() },
      ])
    }
    expect((await redeliver('nothing')).json.code).toBe('NOT_FOUND')
  })
})
