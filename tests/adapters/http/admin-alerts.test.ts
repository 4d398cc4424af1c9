import { ok } from 'neverthrow'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adminToken, type Service, startService } from './service.ts'

let service: Service
let token: string
beforeAll(async () => {
  service = await startService()
  token = await adminToken()
  for (const subject of ['wechat', 'alipay']) {
    service.clock.advance(1000)
    const facts = { provider: subject, minutes: 5 }
    const gone = { rule: 'gateway_unavailable', subject, facts, at: service.clock.now() } as const
    await service.store.transaction.run(async ({ alerts }) => ok(await alerts.raise(gone)))
  }
  service.clock.advance(1000)
  const bill = { rule: 'reconciliation_late', subject: 'wechat:2026-02-28' } as const
  const facts = { provider: 'wechat', day: '2026-02-28' }
  await service.store.transaction.run(async ({ alerts }) => {
    await alerts.raise({ ...bill, facts, at: service.clock.now() })
    return ok(await alerts.resolve({ ...bill, at: service.clock.now() }))
  })
})
afterAll(() => service.stop())

const list = async (query = '') => (await service.call('GET', `/api/v1/admin/alerts?${query}`, { token })).json
const subjects = async (query: string): Promise<readonly string[]> =>
  (await list(query)).data.map(({ subject }: { readonly subject: string }) => subject)
const acknowledge = (id: string, body?: unknown) =>
  service.call('POST', `/api/v1/admin/alerts/${id}/acknowledge`, { token, body })

describe('GET /admin/alerts', () => {
  it('lists what people were told, in both languages, the newest first, in pages', async () => {
    const first = await list('limit=2')
    expect(first.data[1]).toEqual({
      id: expect.any(String),
      rule: 'gateway_unavailable',
      subject: 'alipay',
      severity: 'critical',
      title: { zh: '支付宝 已 5 分钟没有应答', en: 'Alipay has not answered for 5 minutes' },
      text: { zh: expect.stringContaining('外网'), en: expect.stringContaining('server') },
      facts: { provider: 'alipay', minutes: 5 },
      status: 'firing',
      acknowledged: null,
      occurrences: 1,
      firstAt: '2026-03-01T04:00:02.000Z',
      lastAt: '2026-03-01T04:00:02.000Z',
      resolvedAt: null,
    })
    expect(first.data[0]).toMatchObject({ status: 'resolved', resolvedAt: '2026-03-01T04:00:03.000Z' })
    const second = await list(`limit=2&cursor=${first.page.nextCursor}`)
    expect(second.data).toMatchObject([{ subject: 'wechat' }])
    expect(second.page.nextCursor).toBeNull()
  })

  it('lists by status, rule and severity', async () => {
    expect(await subjects('status=firing')).toEqual(['alipay', 'wechat'])
    expect(await subjects('severity=warning')).toEqual(['wechat:2026-02-28'])
    expect(await subjects('rule=gateway_unavailable&status=resolved')).toEqual([])
  })

  it.each(['status=open', 'rule=bad_mood', 'severity=9'])('refuses %s', async (query) => {
    expect((await service.call('GET', `/api/v1/admin/alerts?${query}`, { token })).status).toBe(400)
  })
})

describe('POST /admin/alerts/{id}/acknowledge', () => {
  it('notes who has seen it, once, and puts it on record', async () => {
    const [{ id }] = (await list('status=firing&limit=1')).data
    const reply = await acknowledge(id, { note: '已联系渠道' })
    expect([reply.status, reply.json.data]).toMatchObject([
      200,
      { id, status: 'firing', acknowledged: { by: 'boss', note: '已联系渠道', at: '2026-03-01T04:00:03.000Z' } },
    ])
    expect((await acknowledge(id, { note: '另一个说明' })).json).toEqual(reply.json)
    const audited = await service.call('GET', `/api/v1/admin/audit?subject=${id}`, { token })
    expect(audited.json.data).toMatchObject([{ action: 'alert.acknowledge', reason: '已联系渠道', actor: 'boss' }])
    expect(audited.json.data).toHaveLength(1)
  })

  it('needs no note', async () => {
    const [, { id }] = (await list('status=firing&limit=2')).data
    const reply = await acknowledge(id)
    expect([reply.status, reply.json.data.acknowledged.note]).toEqual([200, null])
  })

  it.each([[''], [7], ['x'.repeat(501)], ['\u0000']])('refuses %j as a note', async (note) => {
    const reply = await acknowledge('a1', { note })
    expect([reply.status, reply.json.errors[0].path]).toEqual([400, 'note'])
  })

  it('does not know what is not there', async () => {
    const reply = await acknowledge('nothing', {})
    expect([reply.status, reply.json.code]).toEqual([404, 'NOT_FOUND'])
  })
})
