import { err, ok } from 'neverthrow'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FullGateway } from '../../../src/application/payments/payment-gateway.ts'
import { fen } from '../../../src/domain/money.ts'
import type { ReconciliationRun } from '../../../src/domain/reconciliation.ts'
import { addDays, type ShanghaiDay } from '../../../src/domain/shanghai-day.ts'
import { billDay, discrepancy, entityId, minute, runningRun } from '../../support/builders.ts'
import { adminToken, type Sent, type Service, startService, tokenFor } from './service.ts'

const PATH = '/api/v1/admin/reconciliations'

let service: Service
let token: string
beforeAll(async () => {
  service = await startService({
    configured: ['wechat'],
    gateway: (gateway): FullGateway => ({
      ...gateway,
      query: async () => err({ code: 'GATEWAY_UNAVAILABLE', reason: 'timeout' }),
    }),
  })
  token = await adminToken()
})
afterAll(() => service.stop())

const admin = (method: string, path: string, sent: Sent = {}) => service.call(method, path, { token, ...sent })
const request = (body: unknown, headers: Readonly<Record<string, string>> = {}) =>
  admin('POST', PATH, { body, headers })

/** A run that has ended, of a day of its own, with what was found on it. */
const ended = async (day: ShanghaiDay, n: number): Promise<string> => {
  const { status: _, billId: _none, ...facts } = runningRun({ id: entityId(n), day, startedAt: minute(n % 100) })
  const summary = {
    remoteCount: 3,
    localCount: 2,
    matched: 1,
    amountDiffers: 1,
    statusDiffers: 0,
    missingLocal: 0,
    missingRemote: 0,
    unreadable: 1,
    remoteAmount: fen(19_801),
    localAmount: fen(19_800),
    remoteRefunds: fen(0),
    localRefunds: fen(0),
    feesFen: -53,
    netFen: 19_854,
  }
  const completed: ReconciliationRun = { ...facts, status: 'completed', summary, finishedAt: minute(20) }
  await service.store.transaction.run(async ({ reconciliations, discrepancies }) => {
    await reconciliations.insert(runningRun({ id: entityId(n), day, startedAt: facts.startedAt }), minute(9999))
    const before = await reconciliations.find(entityId(n))
    if (before !== undefined) await reconciliations.replace(before, completed, minute(20))
    const differs = { class: 'amount_differs', remoteAmount: fen(9901), foundAt: minute(1) } as const
    await discrepancies.insert(discrepancy({ id: entityId(n + 1), day, ...differs }), entityId(n), undefined)
    const row = { class: 'unreadable', about: 'row', subject: 'line:3', rowText: '=HYPERLINK("http://x"),1' } as const
    const nothing = { localAmount: undefined, remoteAmount: undefined, outTradeNo: undefined, foundAt: minute(2) }
    await discrepancies.insert(discrepancy({ id: entityId(n + 2), day, ...row, ...nothing }), entityId(n), undefined)
    return ok(undefined)
  })
  return entityId(n)
}

describe('asking for a day', () => {
  it('begins a run, which the jobs take, and tells of it', async () => {
    const reply = await request({ provider: 'wechat', date: billDay() })
    expect([reply.status, reply.json.data]).toMatchObject([
      202,
      { provider: 'wechat', date: billDay(), status: 'running', summary: null, reason: null, requestedBy: 'boss' },
    ])
    const { id } = reply.json.data
    expect((await admin('GET', `${PATH}/${id}`)).json.data).toEqual(reply.json.data)
    expect((await request({ provider: 'wechat', date: billDay() })).json.data.id).toBe(id)
    const [entry] = (await admin('GET', `/api/v1/admin/audit?subject=${id}`)).json.data
    expect(entry).toMatchObject({ action: 'reconciliation.request', actor: 'boss' })
  })

  it('is one request however often it is sent with one key', async () => {
    const key = { 'idempotency-key': 'once' }
    const date = addDays(billDay(), -1)
    const first = await request({ provider: 'wechat', date }, key)
    expect((await request({ provider: 'wechat', date }, key)).text).toBe(first.text)
    expect((await request({ provider: 'wechat', date: addDays(date, -1) }, key)).json.code).toBe(
      'IDEMPOTENCY_KEY_REUSED',
    )
  })

  it('refuses a day to come, what is no day, and a gateway that has no bill', async () => {
    expect((await request({ provider: 'wechat', date: '2026-03-01' })).status).toBe(202)
    for (const body of [
      { provider: 'wechat', date: '2026-03-02' },
      { provider: 'wechat', date: '2026-02-30' },
      { provider: 'wechat', date: '20260228' },
      { provider: 'points', date: billDay() },
      { provider: 'wechat' },
    ]) {
      const reply = await request(body)
      expect([body, reply.status, reply.json.code]).toEqual([body, 400, 'VALIDATION_FAILED'])
    }
  })

  it('refuses a gateway that is not configured', async () => {
    const reply = await request({ provider: 'alipay', date: billDay() })
    expect([reply.status, reply.json.code]).toEqual([409, 'PROVIDER_NOT_CONFIGURED'])
  })

  it('is nobody else’s', async () => {
    const body = { provider: 'wechat', date: billDay() }
    expect((await service.call('POST', PATH, { body })).status).toBe(401)
    expect((await service.call('POST', PATH, { body, token: await tokenFor('u1') })).status).toBe(403)
  })
})

describe('what was compared', () => {
  const day = addDays(billDay(), -30)
  let runId: string
  beforeAll(async () => {
    runId = await ended(day, 1000)
    await ended(addDays(day, -1), 1100)
  })

  it('is listed newest first, by gateway and state, page by page', async () => {
    const ids = async (query: string) => {
      const { data, page } = (await admin('GET', `${PATH}?${query}`)).json
      return { ids: data.map(({ id }: { id: string }) => id), next: page.nextCursor }
    }
    const first = await ids('status=completed&limit=1')
    const second = await ids(`status=completed&limit=1&cursor=${first.next}`)
    expect([...first.ids, ...second.ids]).toEqual([entityId(1100), entityId(1000)])
    expect((await ids('provider=alipay')).ids).toEqual([])
    expect((await ids('provider=wechat&status=failed')).ids).toEqual([])
    for (const query of ['status=done', 'provider=points', 'limit=101', 'cursor=x', 'other=1'])
      expect((await admin('GET', `${PATH}?${query}`)).status, query).toBe(400)
  })

  it('comes with its sums in yuan, below zero where it is', async () => {
    const { summary, finishedAt } = (await admin('GET', `${PATH}/${runId}`)).json.data
    expect(summary).toMatchObject({ matched: 1, remoteAmount: '198.01', fees: '-0.53', net: '198.54' })
    expect(finishedAt).toBe(minute(20).toISOString())
  })

  it('comes with what was found, by class and state, page by page', async () => {
    const found = async (query = '') => (await admin('GET', `${PATH}/${runId}/discrepancies?${query}`)).json
    const { data, page } = await found('limit=1')
    expect(data).toMatchObject([{ class: 'unreadable', rowText: '=HYPERLINK("http://x"),1', localAmount: null }])
    expect((await found(`limit=1&cursor=${page.nextCursor}`)).data).toMatchObject([
      { class: 'amount_differs', localAmount: '99.00', remoteAmount: '99.01', status: 'open', date: day },
    ])
    expect((await found('class=amount_differs')).data).toHaveLength(1)
    expect((await found('status=ignored')).data).toEqual([])
    expect((await admin('GET', `${PATH}/${runId}/discrepancies?class=other`)).status).toBe(400)
  })

  it('comes as a spreadsheet with totals, in which nothing is a formula', async () => {
    const reply = await fetch(`${service.origin}${PATH}/${runId}/report.csv`, {
      headers: { authorization: `Bearer ${token}` },
    })
    expect(reply.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(reply.headers.get('content-disposition')).toBe(`attachment; filename="reconciliation-wechat-${day}.csv"`)
    expect(reply.headers.get('cache-control')).toBe('no-store')
    const bytes = new Uint8Array(await reply.arrayBuffer())
    expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf])
    const lines = new TextDecoder().decode(bytes).split('\r\n')
    expect(lines[0]).toContain('日期,渠道,差异')
    expect(lines[1]).toContain(`"'=HYPERLINK(""http://x""),1"`)
    expect(lines[2]).toContain(`${day},wechat,金额不一致,支付,`)
    expect(lines[3]).toBe('合计,wechat,2 处,,,,,99.00,99.01')
    expect(lines).toContain("手续费,'-0.53")
    expect(lines.at(-1)).toBe('')
  })

  it('is not found under another number', async () => {
    for (const end of ['', '/discrepancies', '/report.csv'])
      expect((await admin('GET', `${PATH}/${entityId(9999)}${end}`)).status).toBe(404)
  })
})

describe('resolving a discrepancy', () => {
  const resolve = (id: string, body: unknown) => admin('POST', `/api/v1/admin/discrepancies/${id}/resolve`, { body })
  beforeAll(() => ended(addDays(billDay(), -40), 2000))

  it('lets it be, with a note, and keeps the first one', async () => {
    const reply = await resolve(entityId(2002), { action: 'ignore', note: '已核对' })
    expect(reply.status).toBe(200)
    expect(reply.json.data).toMatchObject({
      status: 'ignored',
      resolution: 'ignore',
      note: '已核对',
      resolvedBy: 'boss',
    })
    expect((await resolve(entityId(2002), { action: 'sync', note: '别的' })).json.data).toEqual(reply.json.data)
    const audited = await admin('GET', `/api/v1/admin/audit?subject=${entityId(2002)}`)
    expect(audited.json.data).toMatchObject([{ action: 'discrepancy.ignored', reason: '已核对' }])
    expect(audited.text).not.toContain('HYPERLINK')
  })

  it('says so where the gateway does not answer', async () => {
    for (const action of ['sync', 'refund']) {
      const reply = await resolve(entityId(2001), { action, note: '核实' })
      expect([reply.status, reply.json.code]).toEqual([503, 'GATEWAY_UNAVAILABLE'])
    }
  })

  it('refuses what is no action, a missing note, and what is not there', async () => {
    expect((await resolve(entityId(2001), { action: 'delete', note: 'x' })).status).toBe(400)
    expect((await resolve(entityId(2001), { action: 'ignore', note: '' })).status).toBe(400)
    expect((await resolve(entityId(9999), { action: 'ignore', note: 'x' })).status).toBe(404)
  })
})
