import { createPublicKey, createVerify } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Sandbox, startSandbox } from '../../../src/adapters/sandbox/sandbox.ts'
import { alipayClient, formHolds, formOf } from './alipay-client.ts'
import { startMerchant } from './merchant.ts'

let sandbox: Sandbox
let merchant: Awaited<ReturnType<typeof startMerchant>>
let client: ReturnType<typeof alipayClient>
let publicKey: string
let serial = 0

beforeAll(async () => {
  merchant = await startMerchant({ status: 200, body: 'success' })
  sandbox = await startSandbox({ callbackSpeed: 1_000_000 })
  client = alipayClient(sandbox.alipay.credentials)
  publicKey = sandbox.alipay.credentials.alipayPublicKey
})
afterAll(async () => {
  await sandbox.stop()
  await merchant.stop()
})
beforeEach(async () => {
  await sandbox.alipay.callbacksSettled()
  merchant.received.length = 0
  merchant.answers.length = 0
})

const order = async (biz: object = {}): Promise<string> => {
  serial += 1
  const number = `P2026${serial}`
  await client.precreate(number, biz, { notify_url: `${merchant.url}/notify/alipay?tenant=1` })
  return number
}
const paidOrder = async (biz: object = {}): Promise<string> => {
  const number = await order(biz)
  await sandbox.alipay.pay(number)
  await sandbox.alipay.callbacksSettled()
  merchant.received.length = 0
  return number
}
const forms = () => merchant.received.map(({ body }) => formOf(body))
const refund = (number: string, biz: object) => client.call('alipay.trade.refund', { out_trade_no: number, ...biz })

describe('a notification of the Alipay sandbox', () => {
  it('tells of a payment in a form that is signed without sign and sign_type', async () => {
    const number = await order({ subject: '测试 50% + a', passback_params: 'a%3D1%26b%3D2' })
    const { transactionId } = await sandbox.alipay.pay(number, { couponFen: 88 })
    await sandbox.alipay.callbacksSettled()
    const [form = {}] = forms()
    expect(merchant.received[0]?.url).toBe('/notify/alipay?tenant=1')
    expect(merchant.received[0]?.headers['content-type']).toBe(
      'application/x-www-form-urlencoded; text/html; charset=utf-8',
    )
    expect(form).toMatchObject({
      app_id: sandbox.alipay.credentials.appId,
      seller_id: sandbox.alipay.credentials.sellerId,
      out_trade_no: number,
      trade_no: transactionId,
      trade_status: 'TRADE_SUCCESS',
      total_amount: '88.88',
      buyer_pay_amount: '88.00',
      subject: '测试 50% + a',
      passback_params: 'a%3D1%26b%3D2',
      sign_type: 'RSA2',
    })
    expect(form['notify_id']).toMatch(/^\d{34}$/)
    expect(JSON.parse(form['fund_bill_list'] ?? '')).toContainEqual({ amount: '0.88', fundChannel: 'COUPON' })
    expect(formHolds(form, publicKey)).toBe(true)
    expect(formHolds({ ...form, total_amount: '0.01' }, publicKey)).toBe(false)
  })

  it.each([
    { status: 200, body: 'SUCCESS' },
    { status: 200, body: 'success\n' },
    { status: 200, body: '{"code":"success"}' },
    { status: 204 },
    { status: 302, body: 'success' },
    { status: 500, body: 'success' },
  ])('is repeated after %o', async (answer) => {
    merchant.answers.push(answer)
    const number = await order()
    await sandbox.alipay.pay(number)
    await sandbox.alipay.callbacksSettled()
    expect(sandbox.alipay.find(number)?.callbacks).toMatchObject([{ status: answer.status }, { status: 200 }])
  })

  it('is sent eight times at most, always under the same id and signed anew', async () => {
    merchant.answers.push(...Array.from({ length: 9 }, () => ({ status: 500 })))
    const number = await order()
    await sandbox.alipay.pay(number)
    await sandbox.alipay.callbacksSettled()
    expect(forms()).toHaveLength(8)
    expect(new Set(forms().map((form) => form['notify_id'])).size).toBe(1)
    expect(forms().every((form) => formHolds(form, publicKey))).toBe(true)
  })

  it('comes twice, late, forged first or not at all when asked to', async () => {
    const pay = async (fault: Parameters<typeof sandbox.alipay.faults.add>[0]) => {
      merchant.received.length = 0
      const number = await order()
      sandbox.alipay.faults.add(fault)
      await sandbox.alipay.pay(number)
      await sandbox.alipay.callbacksSettled()
      return forms().map((form) => formHolds(form, publicKey))
    }
    expect(await pay({ operation: 'callback', kind: 'twice' })).toEqual([true, true])
    expect(await pay({ operation: 'callback', kind: 'late', ms: 20 })).toEqual([true])
    expect(await pay({ operation: 'callback', kind: 'forged' })).toEqual([false, true])
    expect(await pay({ operation: 'callback', kind: 'never' })).toEqual([])
  })

  it('of a partial refund looks like a payment but for its refund fields', async () => {
    const number = await paidOrder()
    await refund(number, { refund_amount: '20.00', out_request_no: 'R1' })
    await refund(number, { refund_amount: '30.00', out_request_no: 'R2' })
    await sandbox.alipay.callbacksSettled()
    expect(forms()).toMatchObject([
      { trade_status: 'TRADE_SUCCESS', refund_fee: '20.00', out_biz_no: 'R1' },
      { trade_status: 'TRADE_SUCCESS', refund_fee: '50.00', out_biz_no: 'R2' },
    ])
    expect(forms()[0]?.['gmt_refund']).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/)
    expect(forms()[0]?.['receipt_amount']).toBeUndefined()
    expect(forms().every((form) => formHolds(form, publicKey))).toBe(true)
  })

  it('of a full refund closes the trade, and is not sent where refunds are not announced', async () => {
    const number = await paidOrder()
    await refund(number, { refund_amount: '88.88' })
    await sandbox.alipay.callbacksSettled()
    expect(forms()).toMatchObject([{ trade_status: 'TRADE_CLOSED', refund_fee: '88.88', out_biz_no: number }])
    expect(forms()[0]?.['gmt_close']).toBeDefined()
    const silent = await paidOrder()
    sandbox.alipay.configure({ refundNotifications: false })
    await refund(silent, { refund_amount: '1.00', out_request_no: 'R1' })
    sandbox.alipay.configure({ refundNotifications: true })
    await sandbox.alipay.callbacksSettled()
    expect(forms()).toEqual([])
  })

  it('of a trade closed unpaid is sent only where that is switched on', async () => {
    const close = async () => {
      const number = await order()
      await sandbox.alipay.scan(number)
      sandbox.alipay.close(number)
      await sandbox.alipay.callbacksSettled()
    }
    await close()
    expect(forms()).toEqual([])
    sandbox.alipay.configure({ closeNotifications: true })
    await close()
    sandbox.alipay.configure({ closeNotifications: false })
    expect(forms()).toMatchObject([{ trade_status: 'TRADE_CLOSED' }])
    expect(forms()[0]?.['gmt_payment']).toBeUndefined()
    expect(forms()[0]?.['refund_fee']).toBeUndefined()
  })
})

describe('a notification that the Alipay sandbox builds without sending', () => {
  const built = (...args: Parameters<Sandbox['alipay']['notification']>) =>
    sandbox.alipay.notification(...args).body.toString('latin1')

  it('says what it is told to and is genuine', () => {
    const form = formOf(
      built({
        outTradeNo: 'P1',
        total: 1234,
        sellerId: '2088000000000001',
        fields: { extra: 'x', gmt_create: undefined },
      }),
    )
    expect(form).toMatchObject({ out_trade_no: 'P1', total_amount: '12.34', seller_id: '2088000000000001', extra: 'x' })
    expect(form['gmt_create']).toBeUndefined()
    expect(formHolds(form, publicKey)).toBe(true)
  })

  it('tells of a refund and of a close', () => {
    const refunded = formOf(built({ about: 'refund', outTradeNo: 'P1', total: 100, refundFee: 30, outRequestNo: 'R9' }))
    expect(refunded).toMatchObject({ trade_status: 'TRADE_SUCCESS', refund_fee: '0.30', out_biz_no: 'R9' })
    expect(formOf(built({ about: 'close' }))).toMatchObject({ trade_status: 'TRADE_CLOSED' })
  })

  it('can be re-cut: other fields under the same genuine signature', () => {
    const form = formOf(built({ outTradeNo: 'P1', subject: 'x' }, { recut: 'subject' }))
    expect(form['subject']).toBe('x&total_amount=1.00')
    expect(form['total_amount']).toBeUndefined()
    expect(formHolds(form, publicKey)).toBe(true)
  })

  it('can be tampered with, signed by a stranger, by SHA-1, or name a field twice', () => {
    expect(formHolds(formOf(built({}, { tamper: { total_amount: '0.01' } })), publicKey)).toBe(false)
    expect(formHolds(formOf(built({}, { foreignKey: true })), publicKey)).toBe(false)
    const legacy = formOf(built({}, { signType: 'RSA' }))
    expect([legacy['sign_type'], formHolds(legacy, publicKey)]).toEqual(['RSA', false])
    expect(
      new URLSearchParams(built({ outTradeNo: 'P1' }, { duplicate: 'out_trade_no' })).getAll('out_trade_no'),
    ).toEqual(['P1', 'P1'])
  })

  it('can be written and signed in GBK', () => {
    const body = built({ subject: '测试商品' }, { charset: 'gbk' })
    expect(body).toContain('subject=%B2%E2%CA%D4%C9%CC%C6%B7&')
    const pairs = body.split('&').map((pair) => pair.split('='))
    const bytes = pairs.map(([name = '', value = '']) => [name, unescapedBytes(value)] as const)
    const text = bytes
      .filter(([name]) => name !== 'sign' && name !== 'sign_type')
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([name, value], index) => [Buffer.from(`${index === 0 ? '' : '&'}${name}=`), value])
    const sign = bytes.find(([name]) => name === 'sign')?.[1].toString('latin1') ?? ''
    expect(formOf(body)['charset']).toBe('gbk')
    const verifier = createVerify('RSA-SHA256').update(Buffer.concat(text))
    expect(verifier.verify(createPublicKey(publicKey), sign, 'base64')).toBe(true)
  })
})

const unescapedBytes = (value: string): Buffer =>
  Buffer.from(
    value
      .replaceAll('+', ' ')
      .replace(/%([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  )
