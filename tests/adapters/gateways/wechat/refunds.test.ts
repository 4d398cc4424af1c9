import { describe, expect, it } from 'vitest'
import type { RefundOrder } from '../../../../src/application/payments/payment-gateway.ts'
import { fen } from '../../../../src/domain/money.ts'
import { type Call, ok, OUT_TRADE_NO, refusal, standIn } from './stand-in.ts'

const order: RefundOrder = {
  refundNo: 'SYR202406101830000001',
  outTradeNo: OUT_TRADE_NO,
  transactionId: '4200002264202406108888888801',
  amount: fen(3_000),
  paid: fen(10_000),
  currency: 'CNY',
  reason: '不想要了😀',
}
const accepted = {
  amount: {
    currency: 'CNY',
    discount_refund: 30,
    from: [],
    payer_refund: 2_970,
    payer_total: 9_900,
    refund: 3_000,
    total: 10_000,
  },
  channel: 'ORIGINAL',
  create_time: '2024-06-10T18:30:11+08:00',
  out_refund_no: order.refundNo,
  out_trade_no: OUT_TRADE_NO,
  refund_id: '50302108942024061088888888801',
  status: 'PROCESSING',
  transaction_id: order.transactionId,
}
const refundId = accepted.refund_id
const isQuery = ({ method }: Call) => method === 'GET'

describe('asking for a refund', () => {
  it('names trade, number, amounts and where to tell, the same at each attempt', async () => {
    const { gateway, calls, clock } = await standIn(() => ok(accepted))
    expect((await gateway.refund(order))._unsafeUnwrap()).toEqual({ state: 'processing', refundId })
    clock.advance(90_000)
    await gateway.refund(order)
    expect(calls[0]).toMatchObject({ method: 'POST', url: '/v3/refund/domestic/refunds' })
    expect(calls[1]?.body).toBe(calls[0]?.body)
    expect(JSON.parse(calls[0]?.body ?? '')).toEqual({
      transaction_id: order.transactionId,
      out_refund_no: order.refundNo,
      reason: '不想要了',
      notify_url: 'https://shop.example/api/v1/payments/wechat/refund/notify',
      amount: { refund: 3_000, total: 10_000, currency: 'CNY' },
    })
  })
  it('sends at most 80 characters of reason, and none where nothing is left of it', async () => {
    const { gateway, calls } = await standIn(() => ok(accepted))
    await gateway.refund({ ...order, reason: '理'.repeat(81) })
    await gateway.refund({ ...order, reason: '😀' })
    expect(JSON.parse(calls[0]?.body ?? '')).toMatchObject({ reason: '理'.repeat(80) })
    expect(JSON.parse(calls[1]?.body ?? '')).not.toHaveProperty('reason')
  })
  it.each([
    [
      { status: 'SUCCESS', success_time: '2024-06-10T18:30:20+08:00' },
      { state: 'success', refundId, amount: 3_000, at: new Date('2024-06-10T10:30:20Z') },
    ],
    [{ status: 'PROCESSING' }, { state: 'processing', refundId }],
    [{ status: 'ABNORMAL' }, { state: 'abnormal', refundId }],
    [{ status: 'CLOSED' }, { state: 'closed', refundId, reason: 'closed by WeChat Pay' }],
  ])('reads %j', async (change, expected) => {
    const { gateway } = await standIn(() => ok({ ...accepted, ...change }))
    expect((await gateway.refund(order))._unsafeUnwrap()).toEqual(expected)
    expect((await gateway.queryRefund(order))._unsafeUnwrap()).toEqual(expected)
  })
  it.each([
    [{ status: 'SUCCESS' }],
    [{ status: 'SOMETHING_NEW' }],
    [{ out_refund_no: 'SYR202406101830000002' }],
    [{ out_trade_no: 'SY202406101204000002' }],
    [{ refund_id: undefined }],
    [{ amount: { refund: 30.5 } }],
    [{ amount: { refund: 3_001 } }],
  ])('concludes nothing from an answer with %j', async (change) => {
    const { gateway } = await standIn(() => ok({ ...accepted, ...change }))
    expect((await gateway.refund(order))._unsafeUnwrapErr()).toMatchObject({ code: 'GATEWAY_UNAVAILABLE' })
  })
})

describe('a refused refund', () => {
  const refused = (code: string, status: number, found: ReturnType<typeof refusal>) =>
    standIn((call) => (isQuery(call) ? found : refusal(status, code)))
  const unknown = refusal(404, 'RESOURCE_NOT_EXISTS')

  it.each([
    [400, 'INVALID_REQUEST'],
    [400, 'PARAM_ERROR'],
    [403, 'USER_ACCOUNT_ABNORMAL'],
    [403, 'NO_AUTH'],
    [401, 'SIGN_ERROR'],
    [404, 'RESOURCE_NOT_EXISTS'],
  ])('%i %s is final once a query finds nothing under the number', async (status, code) => {
    const { gateway, calls } = await refused(code, status, unknown)
    const error = (await gateway.refund(order))._unsafeUnwrapErr()
    expect(error).toEqual({ code: 'GATEWAY_REJECTED', gatewayCode: code, message: 'no' })
    expect(calls.map(({ url }) => url)).toEqual([
      '/v3/refund/domestic/refunds',
      `/v3/refund/domestic/refunds/${order.refundNo}`,
    ])
  })
  it('is no failure where an earlier attempt had made it', async () => {
    const { gateway } = await refused('INVALID_REQUEST', 400, ok(accepted))
    expect((await gateway.refund(order))._unsafeUnwrap()).toEqual({ state: 'processing', refundId })
  })
  it('is a failure where the number names a refund of another amount', async () => {
    const { gateway } = await refused('INVALID_REQUEST', 400, ok({ ...accepted, amount: { refund: 1 } }))
    expect((await gateway.refund(order))._unsafeUnwrapErr()).toMatchObject({ code: 'GATEWAY_REJECTED' })
  })
  it.each([
    ['cannot be asked about', refusal(500, 'SYSTEM_ERROR')],
    ['may not be asked about', refusal(401, 'SIGN_ERROR')],
    ['is told unreadably', ok({ ...accepted, status: 7 })],
  ])('stays unknown while it %s', async (_, found) => {
    const { gateway } = await refused('INVALID_REQUEST', 400, found)
    expect((await gateway.refund(order))._unsafeUnwrapErr()).toMatchObject({ code: 'GATEWAY_UNAVAILABLE' })
  })
  it.each([
    [403, 'NOT_ENOUGH'],
    [403, 'NOTENOUGH'],
    [429, 'FREQUENCY_LIMITED'],
    [400, 'FREQUENCY_LIMITED'],
    [500, 'SYSTEM_ERROR'],
  ])('%i %s may succeed later under the same number', async (status, code) => {
    const { gateway } = await refused(code, status, unknown)
    expect((await gateway.refund(order))._unsafeUnwrapErr()).toMatchObject({ code: 'GATEWAY_UNAVAILABLE' })
  })
})

describe('querying a refund', () => {
  it('tells the amount the gateway has, for the caller to compare', async () => {
    const other = { status: 'SUCCESS', success_time: '2024-06-10T18:30:20+08:00', amount: { refund: 1 } }
    const { gateway } = await standIn(() => ok({ ...accepted, ...other }))
    expect((await gateway.queryRefund(order))._unsafeUnwrap()).toMatchObject({ state: 'success', amount: 1 })
  })
  it('does not find what the gateway does not know', async () => {
    const { gateway } = await standIn(() => refusal(404, 'RESOURCE_NOT_EXISTS'))
    expect((await gateway.queryRefund(order))._unsafeUnwrap()).toEqual({ state: 'not_found' })
  })
  it('escapes a number made by hand in the gateway console', async () => {
    const refundNo = 'R|1@2024*x'
    const { gateway, calls } = await standIn(() => ok({ ...accepted, out_refund_no: refundNo }))
    const found = await gateway.queryRefund({ refundNo, outTradeNo: OUT_TRADE_NO })
    expect(found._unsafeUnwrap()).toEqual({ state: 'processing', refundId })
    expect(calls[0]?.url).toBe('/v3/refund/domestic/refunds/R%7C1%402024%2Ax')
  })
})
