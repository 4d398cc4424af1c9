import { describe, expect, it } from 'vitest'
import { fen } from '../../../../src/domain/money.ts'
import { refundOrder, withAnswers } from './fixtures.ts'

const REFUND = 'alipay.trade.refund'
const QUERY = 'alipay.trade.fastpay.refund.query'
const order = refundOrder()

const accepted = {
  code: '10000',
  msg: 'Success',
  fund_change: 'Y',
  gmt_refund_pay: '2026-10-03 14:20:31',
  out_trade_no: order.outTradeNo,
  refund_fee: '50.00',
  send_back_fee: '50.00',
}
const found = {
  code: '10000',
  msg: 'Success',
  gmt_refund_pay: '2026-10-03 14:20:31',
  out_request_no: order.refundNo,
  out_trade_no: order.outTradeNo,
  refund_amount: '20.00',
  refund_status: 'REFUND_SUCCESS',
  total_amount: '88.88',
}
const unknown = { code: '10000', msg: 'Success' }
const failed = (sub_code: string) => ({
  code: '40004',
  msg: 'Business Failed',
  sub_code,
  sub_msg: '失败',
  refund_fee: '0.00',
})
const at = new Date('2026-10-03T14:20:31+08:00')
const success = { state: 'success', refundId: undefined, amount: fen(2000), at }
const processing = { state: 'processing', refundId: undefined }

const contentOf = (asked: readonly URLSearchParams[]) =>
  asked.map((params) => [params.get('method'), JSON.parse(params.get('biz_content') ?? '{}'), params.get('notify_url')])

const refund = (answer: unknown, query: unknown = unknown, given = order) =>
  withAnswers({ [REFUND]: answer, [QUERY]: query }, async (alipay, asked) => ({
    outcome: await alipay.refund(given),
    asked: contentOf(asked),
  }))
const resultOf = async (answer: unknown, query?: unknown) => (await refund(answer, query)).outcome

describe('refund', () => {
  it('names the refund and its own amount, and no address', async () => {
    const { outcome, asked } = await refund(accepted)
    expect(outcome._unsafeUnwrap()).toEqual(success)
    expect(asked).toEqual([
      [
        REFUND,
        {
          out_trade_no: order.outTradeNo,
          refund_amount: '20.00',
          out_request_no: order.refundNo,
          refund_reason: '部分退款',
        },
        null,
      ],
    ])
  })

  it('leaves out a reason of which nothing can be sent', async () => {
    const { asked } = await refund(accepted, unknown, refundOrder({ reason: '&&&' }))
    expect(asked[0]?.[1]).not.toHaveProperty('refund_reason')
  })

  it.each([{ fund_change: 'N' }, { fund_change: undefined }])('asks what an answer with %j means', async (change) => {
    expect((await resultOf({ ...accepted, ...change }, found))._unsafeUnwrap()).toEqual(success)
    expect((await resultOf({ ...accepted, ...change }, unknown))._unsafeUnwrap()).toEqual(processing)
    expect((await resultOf({ ...accepted, ...change }, failed('ACQ.SYSTEM_ERROR')))._unsafeUnwrap()).toEqual(processing)
  })

  it.each(['ACQ.SYSTEM_ERROR', 'aop.ACQ.SYSTEM_ERROR', 'AQC.SYSTEM_ERROR', 'ACQ.SELLER_BALANCE_NOT_ENOUGH'])(
    'leaves %s open, to be repeated under the same number',
    async (code) => {
      expect((await resultOf(failed(code), found))._unsafeUnwrapErr().code).toBe('GATEWAY_UNAVAILABLE')
    },
  )

  it.each([
    'ACQ.DISCORDANT_REPEAT_REQUEST',
    'ACQ.TRADE_HAS_CLOSE',
    'ACQ.TRADE_HAS_FINISHED',
    'ACQ.TRADE_STATUS_ERROR',
    'ACQ.REASON_TRADE_REFUND_FEE_ERR',
    'ACQ.TRADE_NOT_EXIST',
  ])('takes %s for a refusal only where Alipay knows no such refund', async (code) => {
    const refused = { code: 'GATEWAY_REJECTED', gatewayCode: code, message: '失败' }
    expect((await resultOf(failed(code), unknown))._unsafeUnwrapErr()).toEqual(refused)
    expect((await resultOf(failed(code), failed('ACQ.TRADE_NOT_EXIST')))._unsafeUnwrapErr()).toEqual(refused)
    expect((await resultOf(failed(code), found))._unsafeUnwrap()).toEqual(success)
    expect((await resultOf(failed(code), { ...found, refund_amount: '30.00' }))._unsafeUnwrapErr()).toEqual(refused)
    expect((await resultOf(failed(code), failed('ACQ.SYSTEM_ERROR')))._unsafeUnwrapErr().code).toBe(
      'GATEWAY_UNAVAILABLE',
    )
  })

  it.each([{ out_trade_no: 'P2' }, { out_trade_no: undefined }])('takes no answer with %j', async (change) => {
    expect((await resultOf({ ...accepted, ...change }))._unsafeUnwrapErr().code).toBe('GATEWAY_UNAVAILABLE')
  })
})

describe('queryRefund', () => {
  const query = (answer: unknown) =>
    withAnswers({ [QUERY]: answer }, async (alipay, asked) => {
      const outcome = await alipay.queryRefund(order)
      expect(contentOf(asked)).toEqual([
        [
          QUERY,
          { out_trade_no: order.outTradeNo, out_request_no: order.refundNo, query_options: ['gmt_refund_pay'] },
          null,
        ],
      ])
      return outcome
    })

  it('is a success by its status alone, with the amount of this refund', async () => {
    expect((await query(found))._unsafeUnwrap()).toEqual(success)
    const { gmt_refund_pay: _, ...timeless } = found
    expect((await query(timeless))._unsafeUnwrap()).toEqual({ ...success, at: new Date('2026-10-03T10:00:00+08:00') })
  })

  it('is not found without a status, which proves nothing', async () => {
    const { refund_status: _, ...old } = found
    for (const answer of [unknown, old, failed('ACQ.TRADE_NOT_EXIST'), failed('TRADE_NOT_EXIST')])
      expect((await query(answer))._unsafeUnwrap()).toEqual({ state: 'not_found' })
  })

  it('is under way where Alipay says so', async () => {
    expect((await query({ ...found, refund_status: 'REFUND_PROCESSING' }))._unsafeUnwrap()).toEqual(processing)
  })

  it.each([
    { out_request_no: 'R2' },
    { out_request_no: undefined },
    { out_trade_no: 'P2' },
    { out_trade_no: undefined },
    { refund_amount: undefined },
    { refund_amount: '20.001' },
    { refund_status: 'REFUND_NEW' },
    { code: '20000', sub_code: 'isp.unknow-error' },
  ])('does not guess from an answer with %j', async (change) => {
    expect((await query({ ...found, ...change }))._unsafeUnwrapErr().code).toBe('GATEWAY_UNAVAILABLE')
  })
})
