import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { requestRefund } from '../../../src/application/refunds/request-refund.ts'
import { adminToken, type Reply, type Service, startService, tokenFor } from './service.ts'

let service: Service
let token: string
let orderId: string
beforeEach(async () => {
  service = await startService()
  token = await tokenFor('u1')
  orderId = await paid('alipay', 'ALIPAY_QR')
})
afterEach(() => service.stop())

const paid = async (provider: 'wechat' | 'alipay', method: string, by = token): Promise<string> => {
  const { id } = await service.order(by, (await service.sell()).id)
  const body = { orderId: id, method }
  const created = await service.call('POST', `/api/v1/payments/${provider}/create`, { token: by, body })
  service.gateways[provider].pay(created.json.data.payment.outTradeNo)
  await service.call('GET', `/api/v1/payments/${provider}/query/${id}`, { token: by })
  return id
}

type Given = {
  readonly as?: string
  readonly provider?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly [field: string]: unknown
}

const refund = ({ as = token, provider = 'alipay', headers = {}, ...fields }: Given = {}): Promise<Reply> =>
  service.call('POST', `/api/v1/payments/${provider}/refund`, {
    token: as,
    headers,
    body: { orderId, amount: '30.00', reason: '不想要了', ...fields },
  })

const codeOf = ({ status, json }: Reply) => [status, json.code]

describe('POST /payments/{provider}/refund', () => {
  it('gives the refund back, and the order shows what is left', async () => {
    const { status, json } = await refund()
    expect([status, json.data]).toEqual([
      201,
      {
        refundNo: expect.stringMatching(/^R\w{32}$/),
        orderId,
        paymentId: expect.any(String),
        provider: 'alipay',
        amount: '30.00',
        currency: 'CNY',
        reason: '不想要了',
        status: 'success',
        refundId: expect.any(String),
        requestedBy: 'u1',
        failureReason: null,
        processedAt: expect.any(String),
        createdAt: expect.any(String),
        updatedAt: expect.any(String),
      },
    ])
    const order = (await service.call('GET', `/api/v1/orders/${orderId}`, { token })).json.data
    expect([order.status, order.refundedAmount]).toEqual(['partially_refunded', '30.00'])
  })

  it('takes an amount as a number, and gives back all of it to the last fen', async () => {
    expect((await refund({ amount: 98.99 })).json.data.amount).toBe('98.99')
    expect((await refund({ amount: 0.01 })).status).toBe(201)
    const order = (await service.call('GET', `/api/v1/orders/${orderId}`, { token })).json.data
    expect([order.status, order.refundedAmount]).toEqual(['refunded', '99.00'])
    expect(codeOf(await refund({ amount: 0.01 }))).toEqual([409, 'REFUND_EXCEEDS_PAYMENT'])
  })

  it.each([0, '0', '0.00', -1, '-1', '1.001', 1.001, '1e2', null, '', [1], '１', true])(
    'takes no amount like %j',
    async (amount) => {
      const { status, json } = await refund({ amount })
      expect([status, json.code, json.errors[0].path]).toEqual([400, 'VALIDATION_FAILED', 'amount'])
    },
  )

  it.each(['', 'a-b', 'a|b', 'a@b', 'a*b', 'a b', '退', 'x'.repeat(65), 'a\n'])(
    'takes no number like %j',
    async (no) => {
      const { status, json } = await refund({ refundNo: no })
      expect([status, json.errors[0].path]).toEqual([400, 'refundNo'])
    },
  )

  it.each(['', '退'.repeat(81), 'a\u0000', '\ud800', undefined, 1])('takes no reason like %j', async (reason) => {
    expect(codeOf(await refund({ reason }))).toEqual([400, 'VALIDATION_FAILED'])
  })

  it('is one refund for one number, whoever repeats it, and the number is never given to another', async () => {
    const first = await refund({ refundNo: 'MY_1' })
    expect((await refund({ refundNo: 'MY_1' })).json).toEqual(first.json)
    expect(codeOf(await refund({ refundNo: 'MY_1', amount: '30.01' }))).toEqual([422, 'IDEMPOTENCY_KEY_REUSED'])
    const other = await tokenFor('u2')
    const theirs = await paid('alipay', 'ALIPAY_QR', other)
    const taken = await refund({ as: other, orderId: theirs, refundNo: 'MY_1' })
    expect(codeOf(taken)).toEqual([422, 'IDEMPOTENCY_KEY_REUSED'])
    expect(taken.text).not.toContain(orderId)
  })

  it('is one refund for one Idempotency-Key, also where the first try died on its way', async () => {
    const headers = { 'idempotency-key': 'k1' }
    const first = await refund({ headers })
    const again = await refund({ headers })
    expect([again.json, again.headers.get('idempotent-replayed')]).toEqual([first.json, 'true'])
    expect(codeOf(await refund({ headers, amount: '1' }))).toEqual([422, 'IDEMPOTENCY_KEY_REUSED'])
  })

  it('goes on with the refund of an Idempotency-Key whose process died after the commit', async () => {
    let dies = true
    const { deps, clock, store } = service
    const broken = await startService({
      deps: () => ({
        ...deps,
        async requestRefund(request) {
          if (!dies) return deps.requestRefund(request)
          dies = false
          const { transaction, readers } = store
          const gateways = { find: () => service.gateways.alipay.gateway, configured: [] }
          const usual = {
            transaction,
            readers,
            clock,
            ids: deps.ids,
            gateways,
            approval: 'auto',
            fourEyesAbove: undefined,
          } as const
          const sendRefund = () => Promise.reject(new Error('killed'))
          return requestRefund({ ...usual, windowMs: 86_400_000, leaseMs: 15_000, sendRefund })(request)
        },
      }),
    })
    const send = () =>
      broken.call('POST', '/api/v1/payments/alipay/refund', {
        token,
        headers: { 'idempotency-key': 'k1' },
        body: { orderId, amount: '30.00', reason: 'x' },
      })
    expect((await send()).status).toBe(500)
    expect((await send()).json.data.status).toBe('processing')
    expect((await service.call('GET', '/api/v1/refunds', { token })).json.data).toHaveLength(1)
    await broken.stop()
  })

  it('says no to everybody else as if the order did not exist', async () => {
    const stranger = await tokenFor('u2')
    const strip = ({ json }: Reply) => ({ ...json, requestId: undefined })
    const foreign = await refund({ as: stranger })
    const missing = await refund({ as: stranger, orderId: 'nothing' })
    expect(codeOf(foreign)).toEqual([404, 'ORDER_NOT_FOUND'])
    expect(strip(foreign)).toEqual(strip(missing))
  })

  it('is open to an admin, and then in the audit log', async () => {
    const { json } = await refund({ as: await adminToken() })
    expect(json.data).toMatchObject({ requestedBy: 'boss', status: 'success' })
    const audit = await service.call('GET', '/api/v1/admin/audit', { token: await adminToken() })
    expect(audit.json.data[0]).toMatchObject({ actor: 'boss', action: 'refund.request', subject: json.data.refundNo })
  })

  it('refuses what is not there to be given back, and says why', async () => {
    expect(codeOf(await refund({ provider: 'wechat' }))).toEqual([409, 'ORDER_NOT_REFUNDABLE'])
    expect(codeOf(await refund({ provider: 'paypal' }))).toEqual([404, 'PROVIDER_NOT_FOUND'])
    expect(codeOf(await refund({ amount: '99.01' }))).toEqual([409, 'REFUND_EXCEEDS_PAYMENT'])
    const unpaid = await service.order(token, (await service.sell()).id)
    expect(codeOf(await refund({ orderId: unpaid.id }))).toEqual([409, 'ORDER_NOT_REFUNDABLE'])
    service.clock.advance(366 * 86_400_000)
    const late = await tokenFor('u1', { exp: service.clock.now().getTime() / 1000 + 60 })
    expect(codeOf(await refund({ as: late }))).toEqual([409, 'REFUND_WINDOW_CLOSED'])
  })
})

describe('GET /refunds', () => {
  it('lists one’s own, newest first, page by page and by status', async () => {
    for (const no of ['A', 'B', 'C']) {
      await refund({ refundNo: no, amount: '1.00' })
      service.clock.advance(1000)
    }
    const read = async (query: string, as = token) =>
      (await service.call('GET', `/api/v1/refunds${query}`, { token: as })).json
    const first = await read('?limit=2')
    expect(first.data.map((one: { refundNo: string }) => one.refundNo)).toEqual(['C', 'B'])
    const rest = await read(`?limit=2&cursor=${first.page.nextCursor}`)
    expect([rest.data[0].refundNo, rest.data.length, rest.page.nextCursor]).toEqual(['A', 1, null])
    expect((await read('?status=success')).data).toHaveLength(3)
    expect((await read('?status=failed')).data).toEqual([])
    expect((await read('', await tokenFor('u2'))).data).toEqual([])
    expect((await service.call('GET', '/api/v1/refunds?status=done', { token })).status).toBe(400)
  })
})

describe('GET /refunds/{refundNo}', () => {
  it('is for its owner and for admins, and for others as if it did not exist', async () => {
    await refund({ refundNo: 'MY_1' })
    const path = '/api/v1/refunds/MY_1'
    expect((await service.call('GET', path, { token })).json.data).toMatchObject({ refundNo: 'MY_1', orderId })
    expect((await service.call('GET', path, { token: await adminToken() })).status).toBe(200)
    const stranger = await tokenFor('u2')
    const strip = ({ json }: Reply) => ({ ...json, requestId: undefined })
    const foreign = await service.call('GET', path, { token: stranger })
    const missing = await service.call('GET', '/api/v1/refunds/MY_2', { token: stranger })
    expect(codeOf(foreign)).toEqual([404, 'REFUND_NOT_FOUND'])
    expect(strip(foreign)).toEqual(strip(missing))
  })
})
