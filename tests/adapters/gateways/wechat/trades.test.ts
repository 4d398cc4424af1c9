import { describe, expect, it } from 'vitest'
import { toTradeState } from '../../../../src/adapters/gateways/wechat/trades.ts'
import {
  APP_ID,
  closedAnswer,
  MCH_ID,
  ok,
  OUT_TRADE_NO,
  paidTrade,
  PUBLIC_KEY_ID,
  refusal,
  standIn,
} from './stand-in.ts'

const state = (change: object, base: object = paidTrade) => toTradeState({ ...base, ...change }, OUT_TRADE_NO, MCH_ID)
// As observed: an unpaid trade has neither currency nor payer_total.
const unpaid = {
  amount: { payer_currency: 'CNY', total: 10_000 },
  appid: APP_ID,
  mchid: MCH_ID,
  out_trade_no: OUT_TRADE_NO,
  promotion_detail: [],
  scene_info: { device_id: '' },
  trade_state: 'NOTPAY',
  trade_state_desc: '订单未支付',
}

describe('the state of a trade', () => {
  it('is paid with a receipt over the price, also where a refund was begun since', () => {
    const receipt = {
      outTradeNo: OUT_TRADE_NO,
      transactionId: '4200002264202406108888888801',
      identity: { merchantId: MCH_ID, appId: APP_ID },
      amount: 10_000,
      currency: 'CNY',
      paidAt: new Date('2024-06-10T04:05:00.000Z'),
      payer: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o',
    }
    expect(state({})._unsafeUnwrap()).toEqual({ state: 'paid', receipt, refunded: 'none' })
    expect(state({ trade_state: 'REFUND' })._unsafeUnwrap()).toEqual({ state: 'paid', receipt, refunded: 'some' })
  })
  it.each([
    ['NOTPAY', { state: 'pending' }],
    ['USERPAYING', { state: 'pending' }],
    ['CLOSED', { state: 'closed' }],
    ['REVOKED', { state: 'closed' }],
    ['PAYERROR', { state: 'failed', reason: '订单未支付' }],
  ])('%s is understood without the fields only a paid one has', (trade_state, expected) => {
    expect(state({ trade_state }, unpaid)._unsafeUnwrap()).toEqual(expected)
  })
  it.each([
    [{ trade_state: 'SOMETHING_NEW' }],
    [{ trade_state: undefined }],
    [{ trade_state: 'success' }],
    [{ out_trade_no: 'SY202406101204000002' }],
    [{ mchid: '1900007291' }],
    [{ transaction_id: undefined }],
    [{ trade_state: 'REFUND', success_time: undefined }],
    [{ trade_state: 'REFUND', amount: { total: 10_000 } }],
    [{ amount: { total: 99.9, currency: 'CNY' } }],
    [{ amount: { total: '10000', currency: 'CNY' } }],
    [{ amount: { total: 10_000, currency: 'HKD' } }],
  ])('is unknown with %j', (change) => {
    expect(state(change).isErr()).toBe(true)
  })
})

describe('querying a trade', () => {
  it('asks by our number for our merchant', async () => {
    const { gateway, calls } = await standIn(() => ok(unpaid))
    expect((await gateway.query(OUT_TRADE_NO))._unsafeUnwrap()).toEqual({ state: 'pending' })
    expect(calls[0]).toMatchObject({
      method: 'GET',
      url: `/v3/pay/transactions/out-trade-no/${OUT_TRADE_NO}?mchid=${MCH_ID}`,
      body: '',
    })
    expect(calls[0]?.headers['wechatpay-serial']).toBe(PUBLIC_KEY_ID)
  })
  it.each([
    [404, 'ORDER_NOT_EXIST'],
    [404, 'ORDERNOTEXIST'],
  ])('reads %i %s as not found', async (status, code) => {
    const { gateway } = await standIn(() => refusal(status, code))
    expect((await gateway.query(OUT_TRADE_NO))._unsafeUnwrap()).toEqual({ state: 'not_found' })
  })
  it('reads no other refusal as not found', async () => {
    for (const [status, code] of [
      [404, 'NOT_FOUND'],
      [401, 'SIGN_ERROR'],
      [403, 'NO_AUTH'],
    ] as const) {
      const { gateway } = await standIn(() => refusal(status, code))
      const error = (await gateway.query(OUT_TRADE_NO))._unsafeUnwrapErr()
      expect(error).toMatchObject({ code: 'GATEWAY_REJECTED', gatewayCode: code })
    }
  })
  it('does not believe an answer about another trade, however well signed', async () => {
    const { gateway } = await standIn(() => ok({ ...paidTrade, out_trade_no: 'SY202406101204000002' }))
    const error = (await gateway.query(OUT_TRADE_NO))._unsafeUnwrapErr()
    expect(error).toEqual({ code: 'GATEWAY_UNAVAILABLE', reason: 'answer about another trade' })
  })
})

describe('closing a trade', () => {
  it('asks as our merchant and takes the signed empty answer', async () => {
    const { gateway, calls } = await standIn(() => closedAnswer())
    expect((await gateway.close(OUT_TRADE_NO))._unsafeUnwrap()).toBe('closed')
    const url = `/v3/pay/transactions/out-trade-no/${OUT_TRADE_NO}/close`
    expect(calls).toMatchObject([{ method: 'POST', url, body: `{"mchid":"${MCH_ID}"}` }])
  })
  it('is of unknown outcome where a signed answer says something instead of nothing', async () => {
    const { gateway } = await standIn(() => ok({ trade_state: 'SUCCESS' }))
    expect((await gateway.close(OUT_TRADE_NO))._unsafeUnwrapErr()).toMatchObject({ code: 'GATEWAY_UNAVAILABLE' })
  })
  it('is of unknown outcome where the empty answer is not signed', async () => {
    const { gateway } = await standIn(() => ({ status: 204 }))
    expect((await gateway.close(OUT_TRADE_NO))._unsafeUnwrapErr()).toMatchObject({ code: 'GATEWAY_UNAVAILABLE' })
  })
  it.each([
    [400, 'ORDER_CLOSED', 'closed'],
    [404, 'ORDER_NOT_EXIST', 'not_found'],
  ])('reads %i %s as %s', async (status, code, expected) => {
    const { gateway } = await standIn(() => refusal(status, code))
    expect((await gateway.close(OUT_TRADE_NO))._unsafeUnwrap()).toBe(expected)
  })
  it.each([
    [400, 'ORDERPAID', 'TRADE_ALREADY_PAID'],
    [400, 'ORDER_PAID', 'TRADE_ALREADY_PAID'],
    [400, 'PARAM_ERROR', 'GATEWAY_REJECTED'],
    [500, 'SYSTEM_ERROR', 'GATEWAY_UNAVAILABLE'],
  ])('reads %i %s as %s', async (status, code, expected) => {
    const { gateway } = await standIn(() => refusal(status, code))
    expect((await gateway.close(OUT_TRADE_NO))._unsafeUnwrapErr().code).toBe(expected)
  })
})

describe('a number that is none', () => {
  it.each(['../../x', 'a?b=cdef', 'a#bcdefg', '中文中文中文', 'has space', '', 'x'.repeat(33), 'line\nbreak'])(
    'reaches no path: %j',
    async (number) => {
      const { gateway, calls } = await standIn(() => ok({}))
      expect((await gateway.query(number)).isErr()).toBe(true)
      expect((await gateway.close(number)).isErr()).toBe(true)
      expect((await gateway.queryRefund({ refundNo: `${number}/`, outTradeNo: OUT_TRADE_NO })).isErr()).toBe(true)
      expect(calls).toEqual([])
    },
  )
})
