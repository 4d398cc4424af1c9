import { ok } from 'neverthrow'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { signNotification } from '../../../src/adapters/memory/fake-notification.ts'
import { fen } from '../../../src/domain/money.ts'
import { adminToken, NOW, type Service, startService, tokenFor } from './service.ts'

let service: Service
let token: string
/** What came: a payment that was settled, one of a number nobody knows, and one that can't be text. */
const ids = { settled: '', unknown: '', binary: '' }
let orderId: string
let outTradeNo: string

const notify = async (headers: Readonly<Record<string, string | undefined>>, body: Uint8Array) => {
  service.clock.advance(1000)
  const sent = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value ?? '']))
  return service.call('POST', '/api/v1/payments/wechat/notify', { raw: new Uint8Array(body), headers: sent })
}
const list = async (query = '') => (await service.call('GET', `/api/v1/admin/notifications?${query}`, { token })).json
const open = (id: string) => service.call('GET', `/api/v1/admin/notifications/${id}`, { token })
const retry = (id: string, body?: unknown) =>
  service.call('POST', `/api/v1/admin/notifications/${id}/retry`, { token, body })
const audited = async (subject: string) =>
  (await service.call('GET', `/api/v1/admin/audit?subject=${subject}`, { token })).json.data

beforeAll(async () => {
  service = await startService()
  token = await adminToken()
  const user = await tokenFor('u1')
  orderId = (await service.order(user, (await service.sell()).id)).id
  const body = { orderId, method: 'WECHAT_NATIVE' }
  const created = await service.call('POST', '/api/v1/payments/wechat/create', { token: user, body })
  ;({ outTradeNo } = created.json.data.payment)
  service.gateways.wechat.pay(outTradeNo)
  const genuine = service.gateways.wechat.paymentNotification(outTradeNo)
  await notify(genuine.headers, genuine.body)
  const { identity } = service.gateways.wechat.gateway
  const receipt = { outTradeNo: 'P_UNKNOWN', transactionId: 't9', identity, amount: fen(100) } as const
  const unknown = signNotification(
    {
      kind: 'payment_succeeded',
      notificationId: 'n9',
      eventAt: NOW,
      receipt: { ...receipt, currency: 'CNY', paidAt: NOW, payer: undefined },
    },
    'fake',
  )
  await notify(unknown.headers, unknown.body)
  await service.store.transaction.run(async ({ notifications }) => {
    const binary = { provider: 'alipay', kind: 'other', notificationId: 'n10', verdict: 'unreadable' } as const
    const facts = { outTradeNo: undefined, orderId: undefined, eventAt: undefined, retries: 0 }
    const raw = { headers: { 'content-type': 'text/plain' }, body: Uint8Array.from([0xff, 0x00]) }
    return ok(await notifications.insert({ ...binary, ...facts, raw, id: 'binary', receivedAt: NOW }))
  })
  const [second, first, third] = (await list()).data
  Object.assign(ids, { settled: first.id, unknown: second.id, binary: third.id })
})
afterAll(() => service.stop())

describe('GET /admin/notifications', () => {
  it('lists what came and what became of it, without what it said', async () => {
    const { data } = await list(`outTradeNo=${outTradeNo}`)
    expect(data).toEqual([
      {
        id: ids.settled,
        provider: 'wechat',
        kind: 'payment',
        notificationId: expect.any(String),
        outTradeNo,
        orderId,
        verdict: 'settled',
        retries: 0,
        eventAt: NOW.toISOString(),
        receivedAt: '2026-03-01T04:00:01.000Z',
      },
    ])
  })

  it('filters, in pages', async () => {
    const found = async (query: string) => (await list(query)).data.map(({ id }: { id: string }) => id)
    expect(await found('verdict=unknown_order')).toEqual([ids.unknown])
    expect(await found('provider=alipay&kind=other')).toEqual([ids.binary])
    expect(await found(`orderId=${orderId}`)).toEqual([ids.settled])
    expect(await found('from=2026-03-01T04:00:02.000Z')).toEqual([ids.unknown])
    expect(await found('to=2026-03-01T04:00:01.000Z')).toEqual([ids.binary])
    const first = await list('limit=2')
    const second = await list(`limit=2&cursor=${first.page.nextCursor}`)
    expect([first.data.length, second.data.length, second.page.nextCursor]).toEqual([2, 1, null])
    expect((await service.call('GET', '/api/v1/admin/notifications?verdict=fine', { token })).status).toBe(400)
  })
})

describe('GET /admin/notifications/stats', () => {
  const stats = (query = '') => service.call('GET', `/api/v1/admin/notifications/stats?${query}`, { token })

  it('counts the last day by verdict, for all providers and for each', async () => {
    expect((await stats()).json.data).toEqual({
      from: '2026-02-28T04:00:02.000Z',
      to: '2026-03-01T04:00:02.000Z',
      total: 2,
      byVerdict: { settled: 1, unreadable: 1 },
      byProvider: {
        wechat: { total: 1, byVerdict: { settled: 1 } },
        alipay: { total: 1, byVerdict: { unreadable: 1 } },
      },
    })
  })

  it('counts any time of up to 92 days', async () => {
    const { data } = (await stats('from=2026-01-01T00:00:00Z&to=2026-04-01T00:00:00Z')).json
    expect([data.total, data.byVerdict]).toEqual([3, { settled: 1, unknown_order: 1, unreadable: 1 }])
    const reply = await stats('from=2025-12-29T00:00:00Z&to=2026-04-01T00:00:00Z')
    expect([reply.status, reply.json.errors[0].path]).toEqual([400, 'from'])
  })
})

describe('GET /admin/notifications/{id}', () => {
  it('shows one as it came, and each look is on record', async () => {
    const reply = await open(ids.settled)
    const { headers, body, bodyEncoding, ...entry } = reply.json.data
    expect([entry]).toEqual((await list(`outTradeNo=${outTradeNo}`)).data)
    expect(JSON.parse(body)).toMatchObject({ kind: 'payment_succeeded', receipt: { outTradeNo } })
    expect([bodyEncoding, headers['content-type']]).toEqual(['utf8', 'application/json'])
    expect(await audited(ids.settled)).toMatchObject([{ actor: 'boss', action: 'notification.open' }])
  })

  it('shows bytes that are no text all the same', async () => {
    const { body, bodyEncoding } = (await open(ids.binary)).json.data
    expect([body, bodyEncoding]).toEqual(['/wA=', 'base64'])
  })

  it('does not know what is not there', async () => {
    expect((await open('nothing')).json.code).toBe('NOT_FOUND')
  })
})

describe('POST /admin/notifications/{id}/retry', () => {
  it('tells what came of it this time', async () => {
    const reply = await retry(ids.settled, { reason: '核对' })
    expect(reply.json.data).toMatchObject({ outcome: 'repeated', notification: { verdict: 'settled', retries: 1 } })
    const [entry] = await audited(ids.settled)
    expect(entry).toMatchObject({ action: 'notification.retry', reason: '核对', before: { retries: 0 } })
    expect((await retry(ids.unknown)).json.data).toMatchObject({ outcome: 'unknown_order' })
    expect((await retry(ids.binary)).json.data).toMatchObject({ outcome: 'refused' })
  })

  it('is done once for one key', async () => {
    const send = () =>
      service.call('POST', `/api/v1/admin/notifications/${ids.settled}/retry`, {
        token,
        headers: { 'idempotency-key': 'k1' },
      })
    const first = await send()
    expect((await send()).json).toEqual(first.json)
    expect((await list(`outTradeNo=${outTradeNo}`)).data[0].retries).toBe(2)
  })

  it('needs the message and its gateway', async () => {
    expect((await retry('nothing')).json.code).toBe('NOT_FOUND')
    const other = await startService({ configured: [] })
    await other.store.transaction.run(async ({ notifications }) => {
      const record = await service.store.readers.notifications.find(ids.binary)
      return ok(record !== undefined && (await notifications.insert(record)))
    })
    const reply = await other.call('POST', `/api/v1/admin/notifications/${ids.binary}/retry`, { token })
    expect([reply.status, reply.json.code]).toEqual([409, 'PROVIDER_NOT_CONFIGURED'])
    await other.stop()
  })
})

describe('POST /admin/notifications/retry-failed', () => {
  it('tries again what had no effect, and tells how many went through', async () => {
    const reply = await service.call('POST', '/api/v1/admin/notifications/retry-failed', {
      token,
      body: { reason: '密钥已更正' },
    })
    expect([reply.status, reply.json.data]).toEqual([200, { retried: 2, succeeded: 0, failed: 2 }])
    expect(await audited('notifications')).toMatchObject([
      { action: 'notification.retry_failed', reason: '密钥已更正', after: { retried: 2 } },
    ])
    expect((await audited(ids.unknown))[0]).toMatchObject({ action: 'notification.retry', reason: '密钥已更正' })
  })
})
