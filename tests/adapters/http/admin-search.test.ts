import { ok } from 'neverthrow'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fen } from '../../../src/domain/money.ts'
import { processingRefund, successfulRefund } from '../../support/builders.ts'
import { adminToken, type Service, startService, tokenFor } from './service.ts'

type Gateway = 'wechat' | 'alipay'
type Paid = {
  readonly orderId: string
  readonly paymentId: string
  readonly outTradeNo: string
  readonly transactionId: string
}

let service: Service
let token: string
/** u1 paid over WeChat Pay, then u2 over Alipay; u2 has another order that waits. */
let first: Paid
let second: Paid
let waiting: string

const OPENID = 'oPAYER_OF_A_TEST_0123456789'

const pay = async (user: string, gateway: Gateway): Promise<Paid> => {
  service.clock.advance(1000)
  const own = await tokenFor(user)
  const { id: orderId } = await service.order(own, (await service.sell()).id)
  const method = gateway === 'wechat' ? 'WECHAT_JSAPI' : 'ALIPAY_QR'
  const body = { orderId, method, ...(gateway === 'wechat' ? { openid: OPENID } : {}) }
  const created = await service.call('POST', `/api/v1/payments/${gateway}/create`, { token: own, body })
  const { id: paymentId, outTradeNo } = created.json.data.payment
  service.clock.advance(1000)
  const { transactionId } = service.gateways[gateway].pay(outTradeNo)
  const message = service.gateways[gateway].paymentNotification(outTradeNo)
  const headers = Object.fromEntries(Object.entries(message.headers).map(([name, value]) => [name, value ?? '']))
  await service.call('POST', `/api/v1/payments/${gateway}/notify`, { raw: new Uint8Array(message.body), headers })
  return { orderId, paymentId, outTradeNo, transactionId }
}

beforeAll(async () => {
  service = await startService()
  token = await adminToken()
  first = await pay('u1', 'wechat')
  second = await pay('u2', 'alipay')
  service.clock.advance(1000)
  waiting = (await service.order(await tokenFor('u2'), (await service.sell()).id)).id
  const of = ({ orderId, paymentId }: Paid, userId: string) => ({ orderId, paymentId, userId, amount: fen(100) })
  await service.store.transaction.run(async ({ refunds }) => {
    const at = service.clock.now()
    await refunds.insert(successfulRefund({ ...of(first, 'u1'), refundNo: 'R1', createdAt: at }))
    const later = new Date(at.getTime() + 1)
    const stuck = { ...of(second, 'u2'), refundNo: 'R2', provider: 'alipay', createdAt: later, abnormal: true } as const
    await refunds.insert(processingRefund(stuck))
    return ok(undefined)
  })
})
afterAll(() => service.stop())

const search = async (what: string, query = '') =>
  (await service.call('GET', `/api/v1/admin/${what}?${query}`, { token })).json

describe('GET /admin/orders', () => {
  const ids = async (query: string) => (await search('orders', query)).data.map(({ id }: { id: string }) => id)

  it('finds everybody’s orders, the newest first, in pages', async () => {
    const page = await search('orders', 'limit=2')
    expect(page.data.map(({ id, userId }: { id: string; userId: string }) => [id, userId])).toEqual([
      [waiting, 'u2'],
      [second.orderId, 'u2'],
    ])
    const rest = await search('orders', `limit=2&cursor=${page.page.nextCursor}`)
    expect([rest.data[0].id, rest.page.nextCursor]).toEqual([first.orderId, null])
  })

  it('finds an order by any number the customer reads out', async () => {
    expect(await ids(`outTradeNo=${first.outTradeNo}`)).toEqual([first.orderId])
    // The number is one gateway's: another may have given the same.
    expect(await ids(`transactionId=${second.transactionId}&provider=alipay`)).toEqual([second.orderId])
    expect(await ids(`transactionId=${second.transactionId}`)).toContain(second.orderId)
    expect(await ids(`transactionId=${second.transactionId}&outTradeNo=P_NOBODY`)).toEqual([])
    expect(await ids('outTradeNo=P_NOBODY')).toEqual([])
  })

  it('filters by user, provider, status and time', async () => {
    expect(await ids('userId=u2')).toEqual([waiting, second.orderId])
    expect(await ids('userId=u2&status=paid')).toEqual([second.orderId])
    expect(await ids('provider=wechat')).toEqual([first.orderId])
    expect(await ids('status=pending')).toEqual([waiting])
    expect(await ids('to=2026-03-01T04:00:02.000Z')).toEqual([first.orderId])
    expect(await ids('from=2026-03-01T04:00:02.000Z&to=2026-03-01T04:00:04.000Z')).toEqual([second.orderId])
    expect((await service.call('GET', '/api/v1/admin/orders?provider=cash', { token })).status).toBe(400)
    expect((await service.call('GET', '/api/v1/admin/orders?outTradeNo=%00', { token })).status).toBe(400)
  })
})

describe('GET /admin/payments', () => {
  it('shows what an operator needs, and neither who paid nor a secret', async () => {
    const { data } = await search('payments', `outTradeNo=${first.outTradeNo}`)
    expect(data).toMatchObject([
      {
        id: first.paymentId,
        orderId: first.orderId,
        userId: 'u1',
        provider: 'wechat',
        transactionId: first.transactionId,
        status: 'paid',
        merchantId: 'fake-merchant',
        appId: 'fake-app',
        credentialsVersion: 'fake',
        failureReason: null,
      },
    ])
    expect(JSON.stringify(data)).not.toContain(OPENID)
  })

  it('filters', async () => {
    const ids = async (query: string) => (await search('payments', query)).data.map(({ id }: { id: string }) => id)
    expect(await ids('')).toEqual([second.paymentId, first.paymentId])
    expect(await ids('userId=u1')).toEqual([first.paymentId])
    expect(await ids('provider=alipay&status=paid')).toEqual([second.paymentId])
    expect(await ids(`transactionId=${first.transactionId}&provider=wechat`)).toEqual([first.paymentId])
    expect(await ids('status=failed')).toEqual([])
  })
})

describe('GET /admin/refunds', () => {
  const numbers = async (query: string) =>
    (await search('refunds', query)).data.map(({ refundNo }: { refundNo: string }) => refundNo)

  it('finds everybody’s refunds, and tells which are stuck', async () => {
    const { data } = await search('refunds')
    expect(data).toMatchObject([
      { refundNo: 'R2', userId: 'u2', provider: 'alipay', status: 'processing', abnormal: true, amount: '1.00' },
      { refundNo: 'R1', userId: 'u1', status: 'success', abnormal: false, processedAt: expect.any(String) },
    ])
  })

  it('filters', async () => {
    expect(await numbers('userId=u1')).toEqual(['R1'])
    expect(await numbers('provider=alipay')).toEqual(['R2'])
    expect(await numbers('status=success')).toEqual(['R1'])
    expect(await numbers(`outTradeNo=${second.outTradeNo}`)).toEqual(['R2'])
    expect(await numbers(`transactionId=${first.transactionId}&status=success`)).toEqual(['R1'])
  })
})

describe('GET /admin/orders/{orderId}', () => {
  const story = async (orderId: string) =>
    (await service.call('GET', `/api/v1/admin/orders/${orderId}`, { token })).json.data

  it('tells the whole story of an order', async () => {
    const told = await story(first.orderId)
    expect(told).toMatchObject({
      order: { id: first.orderId, userId: 'u1', status: 'paid', paymentId: first.paymentId },
      payments: [{ id: first.paymentId, userId: 'u1', status: 'paid', transactionId: first.transactionId }],
      refunds: [{ refundNo: 'R1', status: 'success' }],
      notifications: [{ provider: 'wechat', kind: 'payment', verdict: 'settled', outTradeNo: first.outTradeNo }],
      fulfilments: [{ line: 0, kind: 'grant', status: 'delivered', takenBackAt: null }],
      incidents: [],
      webhookDeliveries: [],
      riskDecisions: [
        { action: 'create_order', outcome: 'allow', score: 0, userId: 'u1', address: '127.0.0.1', reasons: [] },
        { action: 'create_payment', outcome: 'allow', orderId: first.orderId },
      ],
    })
    expect(
      told.events.map(({ seq, type, cause, actor }: Record<string, unknown>) => [seq, type, cause, actor]),
    ).toEqual([
      [1, 'order.created', 'request', 'u1'],
      [2, 'payment.created', 'request', 'u1'],
      [3, 'payment.succeeded', 'notification', 'wechat'],
      [4, 'order.paid', 'notification', 'wechat'],
      [5, 'access.granted', 'notification', 'wechat'],
    ])
    expect(told.events[2].at).toBe('2026-03-01T04:00:02.000Z')
  })

  it('tells nothing of who paid, and nothing of another order', async () => {
    const text = JSON.stringify(await story(first.orderId))
    for (const secret of [OPENID, 'x-fake-signature', second.orderId, second.outTradeNo])
      expect(text).not.toContain(secret)
  })

  it('has the incidents and webhooks of the order', async () => {
    await service.store.transaction.run(async ({ incidents }) => {
      const facts = { id: 'i1', kind: 'contradiction', provider: 'alipay', outTradeNo: undefined } as const
      const at = service.clock.now()
      return ok(await incidents.report({ ...facts, orderId: second.orderId, evidence: {}, subject: 's', at }))
    })
    expect((await story(second.orderId)).incidents).toMatchObject([{ id: 'i1', status: 'open' }])
  })

  it('does not know what is not there', async () => {
    const reply = await service.call('GET', '/api/v1/admin/orders/nothing', { token })
    expect([reply.status, reply.json.code]).toEqual([404, 'ORDER_NOT_FOUND'])
  })
})
