import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Sandbox, startSandbox } from '../../../src/adapters/sandbox/sandbox.ts'
import { alipayClient, answerHolds } from './alipay-client.ts'

let sandbox: Sandbox
let client: ReturnType<typeof alipayClient>
let number: string
let serial = 0

beforeAll(async () => {
  sandbox = await startSandbox({ callbackSpeed: 1_000_000 })
  client = alipayClient(sandbox.alipay.credentials)
})
afterAll(() => sandbox.stop())
beforeEach(async () => {
  serial += 1
  number = `P2026${serial}`
  await client.precreate(number)
  await sandbox.alipay.pay(number)
})

const refund = async (biz: object) =>
  (await client.call('alipay.trade.refund', { out_trade_no: number, ...biz })).response
const refundQuery = async (outRequestNo: string, biz: object = {}) =>
  (
    await client.call('alipay.trade.fastpay.refund.query', {
      out_trade_no: number,
      out_request_no: outRequestNo,
      ...biz,
    })
  ).response

describe('a refund at the Alipay sandbox', () => {
  it('moves money at once and tells the total gone back, not its own amount', async () => {
    expect(await refund({ refund_amount: '20.00', out_request_no: 'R1' })).toMatchObject({
      code: '10000',
      fund_change: 'Y',
      refund_fee: '20.00',
    })
    expect(await refund({ refund_amount: '30', out_request_no: 'R2' })).toMatchObject({
      fund_change: 'Y',
      refund_fee: '50.00',
    })
    expect((await client.call('alipay.trade.query', { out_trade_no: number })).response['trade_status']).toBe(
      'TRADE_SUCCESS',
    )
    expect(await refund({ refund_amount: '38.88', out_request_no: 'R3' })).toMatchObject({ refund_fee: '88.88' })
    expect((await client.call('alipay.trade.query', { out_trade_no: number })).response['trade_status']).toBe(
      'TRADE_CLOSED',
    )
    expect((await refund({ refund_amount: '0.01', out_request_no: 'R4' }))['sub_code']).toBe('ACQ.TRADE_HAS_CLOSE')
  })

  it('moves none when it is repeated, and is refused with another amount under its number', async () => {
    await refund({ refund_amount: '20.00', out_request_no: 'R1' })
    expect(await refund({ refund_amount: '20.00', out_request_no: 'R1' })).toMatchObject({
      fund_change: 'N',
      refund_fee: '20.00',
    })
    expect((await refund({ refund_amount: '20.01', out_request_no: 'R1' }))['sub_code']).toBe(
      'ACQ.DISCORDANT_REPEAT_REQUEST',
    )
  })

  it('gives back no more than was paid', async () => {
    expect((await refund({ refund_amount: '88.89', out_request_no: 'R1' }))['sub_code']).toBe(
      'ACQ.REFUND_AMT_NOT_EQUAL_TOTAL',
    )
    await refund({ refund_amount: '88.87', out_request_no: 'R1' })
    const over = await refund({ refund_amount: '0.02', out_request_no: 'R2' })
    expect(over).toMatchObject({
      sub_code: 'ACQ.REASON_TRADE_REFUND_FEE_ERR',
      refund_fee: '0.00',
      send_back_fee: '0.00',
    })
  })

  it('of a part needs a number of its own', async () => {
    expect((await refund({ refund_amount: '1.00' }))['sub_code']).toBe('ACQ.REFUND_AMT_NOT_EQUAL_TOTAL')
    expect(await refund({ refund_amount: '88.88' })).toMatchObject({ fund_change: 'Y' })
    expect(await refundQuery(number)).toMatchObject({ refund_status: 'REFUND_SUCCESS', out_request_no: number })
  })

  it('refuses members that are not documented', async () => {
    expect((await refund({ refund_amount: '1.00', out_request_no: 'R1', notify_url: 'x' }))['sub_code']).toBe(
      'ACQ.INVALID_PARAMETER',
    )
  })

  it('needs a paid trade', async () => {
    await client.precreate(`${number}open`)
    const open = { out_trade_no: `${number}open`, refund_amount: '1.00', out_request_no: 'R1' }
    expect((await refund(open))['sub_code']).toBe('ACQ.TRADE_NOT_EXIST')
    await sandbox.alipay.scan(`${number}open`)
    expect((await refund(open))['sub_code']).toBe('ACQ.TRADE_STATUS_ERROR')
  })

  it('can be refused for want of money and made later under the same number', async () => {
    sandbox.alipay.faults.add({ operation: 'refund', kind: 'not_enough' })
    expect((await refund({ refund_amount: '1.00', out_request_no: 'R1' }))['sub_code']).toBe(
      'ACQ.SELLER_BALANCE_NOT_ENOUGH',
    )
    expect(await refundQuery('R1')).toEqual({ code: '10000', msg: 'Success' })
    expect((await refund({ refund_amount: '1.00', out_request_no: 'R1' }))['fund_change']).toBe('Y')
  })

  it('can answer that nothing has moved yet and succeed later', async () => {
    sandbox.alipay.configure({ refundDelayMs: 500 })
    sandbox.alipay.faults.add({ operation: 'refund', kind: 'fund_change_n', outTradeNo: number })
    expect(await refund({ refund_amount: '88.88', out_request_no: 'R1' })).toMatchObject({
      fund_change: 'N',
      refund_fee: '0.00',
    })
    expect(await refundQuery('R1')).toEqual({ code: '10000', msg: 'Success' })
    expect((await refund({ refund_amount: '1.00', out_request_no: 'R2' }))['sub_code']).toBe(
      'ACQ.REASON_TRADE_REFUND_FEE_ERR',
    )
    await sandbox.alipay.callbacksSettled()
    expect((await refundQuery('R1'))['refund_status']).toBe('REFUND_SUCCESS')
    expect(sandbox.alipay.find(number)?.state).toBe('TRADE_CLOSED')
  })

  it('is told by its number, alone, in either shape', async () => {
    await refund({ refund_amount: '20.00', out_request_no: 'R1' })
    await refund({ refund_amount: '30.00', out_request_no: 'R2' })
    expect(await refundQuery('R2')).toMatchObject({
      out_request_no: 'R2',
      refund_amount: '30.00',
      refund_status: 'REFUND_SUCCESS',
      total_amount: '88.88',
    })
    expect((await refundQuery('R2', { query_options: ['gmt_refund_pay'] }))['gmt_refund_pay']).toBeDefined()
    sandbox.alipay.configure({ legacyRefundQuery: true })
    const legacy = await refundQuery('R2')
    sandbox.alipay.configure({ legacyRefundQuery: false })
    expect([legacy['refund_amount'], legacy['refund_status']]).toEqual(['30.00', undefined])
    expect((await refundQuery('R9'))['refund_status']).toBeUndefined()
  })
})

describe('on demand the Alipay sandbox', () => {
  const create = async (
    kind:
      | 'cut_before'
      | 'cut_after'
      | 'error_500_before'
      | 'error_500_after'
      | 'html_502'
      | 'rate_limited'
      | 'unsigned'
      | 'bad_signature'
      | 'truncated',
  ) => {
    const wanted = `${number}${kind}`
    sandbox.alipay.faults.add({ operation: 'create', kind, outTradeNo: wanted })
    const answer = await client.precreate(wanted).catch(() => undefined)
    return { answer, took: sandbox.alipay.find(wanted) !== undefined }
  }

  it('fails before or after the effect', async () => {
    expect(await create('cut_before')).toEqual({ answer: undefined, took: false })
    expect(await create('cut_after')).toEqual({ answer: undefined, took: true })
    expect(await create('html_502')).toMatchObject({ answer: { status: 502 }, took: false })
    expect(await create('error_500_before')).toMatchObject({ answer: { response: { code: '20000' } }, took: false })
    expect(await create('error_500_after')).toMatchObject({
      answer: { response: { sub_code: 'isp.unknow-error' } },
      took: true,
    })
    expect(await create('rate_limited')).toMatchObject({ answer: { response: { code: '40005' } }, took: false })
  })

  it('answers without a signature that holds', async () => {
    const { alipayPublicKey } = sandbox.alipay.credentials
    const unsigned = await create('unsigned')
    expect([unsigned.answer?.response['code'], unsigned.answer?.sign]).toEqual(['10000', undefined])
    const bad = (await create('bad_signature')).answer
    expect(bad?.response['code']).toBe('10000')
    expect(bad !== undefined && answerHolds(bad, alipayPublicKey)).toBe(false)
    expect((await create('truncated')).answer?.json).toEqual({})
  })

  it('does so for the trade and the times asked', async () => {
    sandbox.alipay.faults.add({ operation: 'query', kind: 'error_500_before', outTradeNo: number, times: 2 })
    const codes = []
    for (let i = 0; i < 3; i += 1)
      codes.push((await client.call('alipay.trade.query', { out_trade_no: number })).response['code'])
    expect(codes).toEqual(['20000', '20000', '10000'])
  })
})

describe('a refund made in the merchant console of Alipay', () => {
  it('is known by a number the merchant never gave, in parts and in full', async () => {
    const { refundNo } = sandbox.alipay.refundInConsole(number, { amountFen: 2000 })
    expect(await refundQuery(refundNo)).toMatchObject({ refund_status: 'REFUND_SUCCESS', refund_amount: '20.00' })
    sandbox.alipay.refundInConsole(number)
    expect(sandbox.alipay.find(number)?.state).toBe('TRADE_CLOSED')
    expect(() => sandbox.alipay.refundInConsole(number)).toThrow()
    expect(() => sandbox.alipay.refundInConsole('P_NOBODY')).toThrow('交易不存在')
  })
})
