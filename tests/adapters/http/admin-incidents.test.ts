import { ok } from 'neverthrow'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adminToken, type Service, startService } from './service.ts'

let service: Service
let token: string
beforeAll(async () => {
  service = await startService()
  token = await adminToken()
  for (const n of [1, 2, 3, 4]) {
    service.clock.advance(1000)
    const kind = n === 4 ? 'refund_abnormal' : 'unknown_order'
    const facts = { id: `incident${n}`, kind, provider: 'wechat', outTradeNo: `P${n}`, orderId: undefined } as const
    const report = { ...facts, evidence: { amountFen: 100 + n }, subject: String(n), at: service.clock.now() }
    await service.store.transaction.run(async ({ incidents }) => ok(await incidents.report(report)))
  }
})
afterAll(() => service.stop())

const list = async (query = '') => (await service.call('GET', `/api/v1/admin/incidents?${query}`, { token })).json
const resolve = (id: string, note: unknown) =>
  service.call('POST', `/api/v1/admin/incidents/${id}/resolve`, { token, body: { note } })
const ids = (data: readonly { readonly id: string }[]) => data.map(({ id }) => id)

describe('GET /admin/incidents', () => {
  it('lists what needs a person, the newest first, in pages', async () => {
    const first = await list('limit=2')
    expect(first.data[1]).toEqual({
      id: 'incident3',
      kind: 'unknown_order',
      provider: 'wechat',
      outTradeNo: 'P3',
      orderId: null,
      evidence: { amountFen: 103 },
      occurrences: 1,
      status: 'open',
      firstSeenAt: '2026-03-01T04:00:03.000Z',
      lastSeenAt: '2026-03-01T04:00:03.000Z',
    })
    const second = await list(`limit=2&cursor=${first.page.nextCursor}`)
    expect(ids([...first.data, ...second.data])).toEqual(['incident4', 'incident3', 'incident2', 'incident1'])
    expect(second.page.nextCursor).toBeNull()
  })

  it('lists by kind', async () => {
    expect(ids((await list('kind=refund_abnormal')).data)).toEqual(['incident4'])
    expect((await service.call('GET', '/api/v1/admin/incidents?kind=bad_mood', { token })).status).toBe(400)
  })
})

describe('POST /admin/incidents/{id}/resolve', () => {
  it('closes an incident with a note, which stays the first one', async () => {
    const reply = await resolve('incident1', '已退款')
    expect([reply.status, reply.json.data.status]).toEqual([200, 'resolved'])
    expect((await resolve('incident1', '另一个说明')).json).toEqual(reply.json)
    expect(ids((await list('status=resolved')).data)).toEqual(['incident1'])
    expect(ids((await list('status=open&kind=unknown_order')).data)).toEqual(['incident3', 'incident2'])
    const audited = await service.call('GET', '/api/v1/admin/audit?subject=incident1', { token })
    expect(audited.json.data).toMatchObject([{ action: 'incident.resolve', reason: '已退款', actor: 'boss' }])
  })

  it.each([[undefined], [''], [7], ['x'.repeat(501)], ['\u0000']])('refuses %j as a note', async (note) => {
    const reply = await resolve('incident2', note)
    expect([reply.status, reply.json.errors[0].path]).toEqual([400, 'note'])
  })

  it('does not know what is not there', async () => {
    const reply = await resolve('nothing', 'x')
    expect([reply.status, reply.json.code]).toEqual([404, 'NOT_FOUND'])
  })
})
