import { describe, expect, it } from 'vitest'
import { fen } from '../../../../src/domain/money.ts'
import { APP_ID, SELLER_ID, withAnswers } from './fixtures.ts'

const QUERY = 'alipay.trade.query'
const CLOSE = 'alipay.trade.close'
const OUT_TRADE_NO = 'P20261003100000001'

const paid = {
  code: '10000',
  msg: 'Success',
  buyer_logon_id: '138****1234',
  buyer_pay_amount: '80.00',
  buyer_user_id: '2088000000000002',
  out_trade_no: OUT_TRADE_NO,
  receipt_amount: '88.00',
  send_pay_date: '2026-10-03 10:00:21',
  total_amount: '88.88',
  trade_no: '2026100322001412345610000001',
  trade_status: 'TRADE_SUCCESS',
}
const failed = (sub_code: string, more: object = {}) => ({
  code: '40004',
  msg: 'Business Failed',
  sub_code,
  sub_msg: '失败',
  ...more,
})

const query = (answer: unknown) =>
  withAnswers({ [QUERY]: answer }, async (alipay, asked) => {
    const outcome = await alipay.query(OUT_TRADE_NO)
    expect(JSON.parse(asked[0]?.get('biz_content') ?? '')).toEqual({ out_trade_no: OUT_TRADE_NO })
    return outcome
  })

describe('query', () => {
  const receipt = {
    outTradeNo: OUT_TRADE_NO,
    transactionId: '2026100322001412345610000001',
    identity: { merchantId: SELLER_ID, appId: APP_ID },
    amount: fen(8888),
    currency: 'CNY',
    paidAt: new Date('2026-10-03T10:00:21+08:00'),
    payer: '2088000000000002',
  }

  it.each(['TRADE_SUCCESS', 'TRADE_FINISHED'])(
    '%s is paid, with the price and not what the buyer paid of it',
    async (trade_status) => {
      expect((await query({ ...paid, trade_status }))._unsafeUnwrap()).toEqual({
        state: 'paid',
        receipt,
        refunded: 'none',
      })
    },
  )

  it('takes a closed trade that was paid for a refunded one, and the other for unpaid', async () => {
    const closed = { ...paid, trade_status: 'TRADE_CLOSED' }
    expect((await query(closed))._unsafeUnwrap()).toEqual({ state: 'paid', receipt, refunded: 'all' })
    const { send_pay_date: _, ...unpaid } = closed
    expect((await query(unpaid))._unsafeUnwrap()).toEqual({ state: 'closed' })
  })

  it('knows a trade that waits for its buyer, and one that does not exist yet', async () => {
    expect((await query({ ...paid, trade_status: 'WAIT_BUYER_PAY', total_amount: '88.88' }))._unsafeUnwrap()).toEqual({
      state: 'pending',
    })
    for (const code of ['ACQ.TRADE_NOT_EXIST', 'aop.ACQ.TRADE_NOT_EXIST', 'AQC.TRADE_NOT_EXIST', 'TRADE_NOT_EXIST'])
      expect((await query(failed(code, { out_trade_no: OUT_TRADE_NO })))._unsafeUnwrap()).toEqual({
        state: 'not_found',
      })
  })

  it('needs neither the buyer nor the time of payment', async () => {
    const { buyer_user_id: _1, send_pay_date: _2, ...rest } = paid
    expect((await query(rest))._unsafeUnwrap()).toMatchObject({
      receipt: { payer: undefined, paidAt: new Date('2026-10-03T10:00:00+08:00') },
    })
    expect((await query({ ...rest, buyer_open_id: '074a1C' }))._unsafeUnwrap()).toMatchObject({
      receipt: { payer: '074a1C' },
    })
  })

  it.each([
    { out_trade_no: 'P20261003100000002' },
    { out_trade_no: undefined },
    { trade_status: 'TRADE_PENDING' },
    { trade_status: undefined },
    { total_amount: 88.88 },
    { total_amount: '8.888e1' },
    { total_amount: '88.880' },
    { total_amount: undefined },
    { trade_no: undefined },
    { send_pay_date: 'soon' },
    { code: '10003' },
    { code: undefined },
  ])('does not guess from a signed answer with %j', async (change) => {
    expect((await query({ ...paid, ...change }))._unsafeUnwrapErr().code).toBe('GATEWAY_UNAVAILABLE')
  })

  it.each([
    ['20000', 'isp.unknow-error'],
    ['20000', 'aop.ACQ.SYSTEM_ERROR'],
    ['40004', 'ACQ.SYSTEM_ERROR'],
    ['40004', 'AQC.SYSTEM_ERROR'],
    ['40005', 'isv.app-call-limited'],
    ['40004', undefined],
    ['50000', 'isv.new'],
  ])('takes %s %s for unknown', async (code, sub_code) => {
    expect((await query({ code, msg: '…', sub_code }))._unsafeUnwrapErr().code).toBe('GATEWAY_UNAVAILABLE')
  })

  it.each([
    ['40002', 'isv.invalid-signature'],
    ['40006', 'isv.insufficient-isv-permissions'],
    ['40004', 'ACQ.INVALID_PARAMETER'],
  ])('takes %s %s for a refusal', async (code, sub_code) => {
    expect((await query({ code, msg: '…', sub_code, sub_msg: 'x'.repeat(900) }))._unsafeUnwrapErr()).toEqual({
      code: 'GATEWAY_REJECTED',
      gatewayCode: sub_code,
      message: 'x'.repeat(200),
    })
  })

  it('takes a refusal about another trade for unknown', async () => {
    expect((await query(failed('ACQ.TRADE_NOT_EXIST', { out_trade_no: 'P2' })))._unsafeUnwrapErr().code).toBe(
      'GATEWAY_UNAVAILABLE',
    )
  })
})

describe('close', () => {
  const close = (answer: unknown, then: unknown = {}) =>
    withAnswers({ [CLOSE]: answer, [QUERY]: then }, (alipay) => alipay.close(OUT_TRADE_NO))

  it('ends a trade, or finds none', async () => {
    const closed = { code: '10000', msg: 'Success', out_trade_no: OUT_TRADE_NO, trade_no: '1' }
    expect((await close(closed))._unsafeUnwrap()).toBe('closed')
    expect((await close(failed('ACQ.TRADE_NOT_EXIST')))._unsafeUnwrap()).toBe('not_found')
    expect((await close({ code: '10000', msg: 'Success' }))._unsafeUnwrapErr().code).toBe('GATEWAY_UNAVAILABLE')
  })

  it.each([
    'ACQ.TRADE_STATUS_ERROR',
    'ACQ.REASON_TRADE_STATUS_INVALID',
    'ACQ.REASON_ILLEGAL_STATUS',
    'ACQ.TRADE_HAS_SUCCESS',
  ])('asks what the trade is where it is refused with %s', async (code) => {
    expect((await close(failed(code), paid))._unsafeUnwrapErr()).toEqual({ code: 'TRADE_ALREADY_PAID' })
    const { send_pay_date: _, ...closed } = { ...paid, trade_status: 'TRADE_CLOSED' }
    expect((await close(failed(code), closed))._unsafeUnwrap()).toBe('closed')
    for (const open of [
      { ...paid, trade_status: 'WAIT_BUYER_PAY' },
      failed('ACQ.TRADE_NOT_EXIST'),
      failed('ACQ.SYSTEM_ERROR'),
    ])
      expect((await close(failed(code), open))._unsafeUnwrapErr().code).toBe('GATEWAY_UNAVAILABLE')
  })

  it('leaves it open where the answer is not certain', async () => {
    expect((await close(failed('ACQ.SYSTEM_ERROR')))._unsafeUnwrapErr().code).toBe('GATEWAY_UNAVAILABLE')
    expect((await close(failed('ACQ.INVALID_PARAMETER')))._unsafeUnwrapErr().code).toBe('GATEWAY_REJECTED')
  })
})
