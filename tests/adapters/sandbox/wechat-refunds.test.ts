import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Sandbox, startSandbox } from '../../../src/adapters/sandbox/sandbox.ts'
import { startMerchant } from './merchant.ts'
import { openedCallback, objectIn, wechatClient } from './wechat-client.ts'

let sandbox: Sandbox
let merchant: Awaited<ReturnType<typeof startMerchant>>
let client: ReturnType<typeof wechatClient>
let outTradeNo: string
let serial = 0

beforeAll(async () => {
  merchant = await startMerchant({ status: 200 })
  sandbox = await startSandbox({ callbackSpeed: 1_000_000 })
  client = wechatClient(sandbox.wechat.credentials)
})
afterAll(async () => {
  await sandbox.stop()
  await merchant.stop()
})
beforeEach(async () => {
  const order = client.order()
  outTradeNo = order.out_trade_no
  await client.post('/v3/pay/transactions/native', order)
  sandbox.wechat.faults.add({ operation: 'callback', kind: 'never' })
  await sandbox.wechat.pay(outTradeNo)
  await sandbox.wechat.callbacksSettled() // Those of the refunds of the test before may still be on their way.
  merchant.received.length = 0
})

const nextNumber = (): string => {
  serial += 1
  return `R${serial}`
}
const body = (refund: number, overrides: Readonly<Record<string, unknown>> = {}) => ({
  out_trade_no: outTradeNo,
  out_refund_no: nextNumber(),
  notify_url: `${merchant.url}/refund`,
  amount: { refund, total: 9900, currency: 'CNY' },
  ...overrides,
})
const refund = (request: object) => client.post('/v3/refund/domestic/refunds', request)
const queried = async (number: string) => (await client.call('GET', `/v3/refund/domestic/refunds/${number}`)).json

describe('a refund at the WeChat Pay sandbox', () => {
  it('is accepted, then succeeds, and is announced where the refund says', async () => {
    const request = body(3000)
    const accepted = await refund(request)
    expect(accepted.json).toMatchObject({
      status: 'PROCESSING',
      amount: { refund: 3000, total: 9900, currency: 'CNY' },
    })
    expect(accepted.json['refund_id']).toMatch(/^50\d{27}$/)
    await sandbox.wechat.callbacksSettled()
    expect(await queried(request.out_refund_no)).toMatchObject({ status: 'SUCCESS', out_trade_no: outTradeNo })
    expect((await client.query(outTradeNo)).json['trade_state']).toBe('REFUND')
    const [callback] = merchant.received
    expect(callback?.url).toBe('/refund')
    expect(objectIn(callback?.body ?? '')['event_type']).toBe('REFUND.SUCCESS')
    expect(openedCallback(callback?.body ?? '', sandbox.wechat.credentials.apiV3Key)).toMatchObject({
      out_refund_no: request.out_refund_no,
      refund_status: 'SUCCESS',
      amount: { refund: 3000, total: 9900 },
    })
  })

  it('says nothing where no address was given', async () => {
    await refund(body(1, { notify_url: undefined }))
    await sandbox.wechat.callbacksSettled()
    expect(merchant.received).toEqual([])
  })

  it('is the same one when repeated, and refused with another amount or order under its number', async () => {
    const request = body(3000)
    const first = await refund(request)
    await sandbox.wechat.callbacksSettled()
    const again = await refund(request)
    expect(again.json).toMatchObject({ refund_id: first.json['refund_id'], status: 'SUCCESS' })
    const other = await refund({ ...request, amount: { ...request.amount, refund: 3001 } })
    expect([other.status, other.json['code']]).toEqual([400, 'INVALID_REQUEST'])
    expect((await refund({ ...request, out_trade_no: 'T00000000' })).status).toBe(400)
    expect(sandbox.wechat.find(outTradeNo)?.refunds).toHaveLength(1)
  })

  it('gives back no more than was paid', async () => {
    expect((await refund(body(9901))).json['message']).toContain('可退金额')
    expect((await refund(body(9000))).status).toBe(200)
    expect((await refund(body(901))).json['message']).toContain('可退金额')
    expect((await refund(body(900))).status).toBe(200)
    expect((await refund(body(1))).json['message']).toContain('全额退款')
  })

  it('needs a paid order and its true total', async () => {
    const open = client.order()
    await client.post('/v3/pay/transactions/native', open)
    expect((await refund(body(1, { out_trade_no: open.out_trade_no }))).status).toBe(404)
    expect((await refund(body(1, { out_trade_no: undefined }))).json['code']).toBe('PARAM_ERROR')
    const wrongTotal = await refund(body(1, { amount: { refund: 1, total: 9901, currency: 'CNY' } }))
    expect([wrongTotal.status, wrongTotal.json['code']]).toEqual([400, 'INVALID_REQUEST'])
    expect((await client.call('GET', '/v3/refund/domestic/refunds/R0')).status).toBe(404)
  })

  it('can name the order by the transaction id', async () => {
    const transactionId = sandbox.wechat.find(outTradeNo)?.transactionId
    const request = body(1, { out_trade_no: undefined, transaction_id: transactionId })
    expect((await refund(request)).json['out_trade_no']).toBe(outTradeNo)
  })

  it('stays under way, becomes abnormal or fails when asked to, and can still be mended', async () => {
    const statusWith = async (kind: 'stay_processing' | 'abnormal' | 'closed') => {
      const request = body(100)
      sandbox.wechat.faults.add({ operation: 'refund', kind, outTradeNo })
      await refund(request)
      await sandbox.wechat.callbacksSettled()
      return { number: request.out_refund_no, status: (await queried(request.out_refund_no))['status'] }
    }
    const stuck = await statusWith('stay_processing')
    expect(stuck.status).toBe('PROCESSING')
    expect(merchant.received).toEqual([])
    expect((await statusWith('closed')).status).toBe('CLOSED')
    const abnormal = await statusWith('abnormal')
    expect(abnormal.status).toBe('ABNORMAL')
    expect(merchant.received.map(({ body: text }) => objectIn(text)['event_type'])).toEqual([
      'REFUND.CLOSED',
      'REFUND.ABNORMAL',
    ])
    sandbox.wechat.settleRefund(abnormal.number)
    await sandbox.wechat.callbacksSettled()
    expect((await queried(abnormal.number))['status']).toBe('SUCCESS')
  })

  it('can be refused for want of money and made later under the same number', async () => {
    const request = body(100)
    sandbox.wechat.faults.add({ operation: 'refund', kind: 'not_enough' })
    const refused = await refund(request)
    expect([refused.status, refused.json['code']]).toEqual([403, 'NOT_ENOUGH'])
    expect((await queried(request.out_refund_no))['code']).toBe('RESOURCE_NOT_EXISTS')
    expect((await refund(request)).status).toBe(200)
  })

  it('can be announced before its own call is answered', async () => {
    sandbox.wechat.faults.add({ operation: 'callback', kind: 'before_answer' })
    const answer = await refund(body(100))
    expect(merchant.received).toHaveLength(1)
    expect(answer.json['status']).toBe('PROCESSING')
  })

  it('splits a coupon in proportion, to the last fen', async () => {
    const order = client.order({ amount: { total: 1000 } })
    await client.post('/v3/pay/transactions/native', order)
    await sandbox.wechat.pay(order.out_trade_no, { couponFen: 333 })
    const parts = []
    for (const part of [300, 300, 400]) {
      const amount = { refund: part, total: 1000, currency: 'CNY' }
      const { json } = await refund(body(part, { out_trade_no: order.out_trade_no, amount }))
      parts.push(Number(objectIn(JSON.stringify(json['amount']))['payer_refund']))
    }
    expect(parts.reduce((a, b) => a + b)).toBe(667)
  })
})

describe('a refund made in the merchant platform of WeChat Pay', () => {
  it('is announced where the platform says, with a number the merchant never gave', async () => {
    sandbox.wechat.configure({ refundDelayMs: 0, refundNotifyUrl: `${merchant.url}/platform` })
    const { refundNo } = sandbox.wechat.refundInConsole(outTradeNo, { amountFen: 3000 })
    await sandbox.wechat.callbacksSettled()
    const [callback] = merchant.received
    expect(callback?.url).toBe('/platform')
    expect(openedCallback(callback?.body ?? '', sandbox.wechat.credentials.apiV3Key)).toMatchObject({
      out_trade_no: outTradeNo,
      out_refund_no: refundNo,
      refund_status: 'SUCCESS',
      amount: { refund: 3000, total: 9900 },
    })
    expect(await queried(refundNo)).toMatchObject({ status: 'SUCCESS', amount: { refund: 3000 } })
  })

  it('gives back what is left, and no more', () => {
    sandbox.wechat.refundInConsole(outTradeNo, { amountFen: 3000, refundNo: 'MINE' })
    sandbox.wechat.refundInConsole(outTradeNo)
    expect(sandbox.wechat.find(outTradeNo)?.refunds.map(({ amount }) => amount)).toEqual([3000, 6900])
    expect(() => sandbox.wechat.refundInConsole(outTradeNo)).toThrow('订单已全额退款')
    expect(() => sandbox.wechat.refundInConsole('P_NOBODY')).toThrow('订单不存在')
  })
})
