import { createSign } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Sandbox, startSandbox } from '../../../src/adapters/sandbox/sandbox.ts'
import { alipayClient, beijing, signed } from './alipay-client.ts'
import { startMerchant } from './merchant.ts'
import { objectIn, send, wechatClient } from './wechat-client.ts'

let sandbox: Sandbox
let merchant: Awaited<ReturnType<typeof startMerchant>>
let wechat: ReturnType<typeof wechatClient>
let alipay: ReturnType<typeof alipayClient>
let serial = 0

beforeAll(async () => {
  merchant = await startMerchant({ status: 200, body: 'success' })
  sandbox = await startSandbox({ callbackSpeed: 1_000_000 })
  wechat = wechatClient(sandbox.wechat.credentials)
  alipay = alipayClient(sandbox.alipay.credentials)
})
afterAll(async () => {
  await sandbox.stop()
  await merchant.stop()
})

const get = (path: string) => send(`${sandbox.origin}${path}`, 'GET', {})
const post = (path: string, form: Record<string, string>, headers: Record<string, string> = {}) =>
  send(
    `${sandbox.origin}${path}`,
    'POST',
    { 'Content-Type': 'application/x-www-form-urlencoded', Origin: sandbox.origin, ...headers },
    new URLSearchParams(form).toString(),
  )
const control = (method: 'GET' | 'POST' | 'DELETE', path: string, body: object = {}) =>
  send(
    `${sandbox.origin}/sandbox/api${path}`,
    method,
    { 'Content-Type': 'application/json' },
    method === 'POST' ? JSON.stringify(body) : '',
  )

const wechatOrder = async (overrides: Record<string, unknown> = {}) => {
  const order = wechat.order({ notify_url: merchant.url, ...overrides })
  const { json } = await wechat.post('/v3/pay/transactions/native', order)
  return { number: order.out_trade_no, code: String(json['code_url']) }
}
const alipayOrder = async () => {
  serial += 1
  const number = `P2026${serial}`
  const { response } = await alipay.precreate(number, {}, { notify_url: merchant.url })
  return { number, code: String(response['qr_code']) }
}

describe("the payer's phone", () => {
  it('lists what is to be paid, in Chinese or in English', async () => {
    const { number } = await wechatOrder({ description: '<b>会员</b>' })
    const zh = await get('/sandbox')
    expect(zh.text).toContain('lang="zh-CN"')
    expect(zh.text).toContain(number)
    expect(zh.text).toContain('¥99.00')
    expect(zh.text).not.toContain('<b>会员</b>')
    expect(zh.headers['content-security-policy']).toContain("default-src 'none'")
    expect((await get('/sandbox?lang=en')).text).toContain('To pay')
  })

  it('pays an order by its QR code', async () => {
    const { number, code } = await wechatOrder()
    const page = await get(`/sandbox/pay?code=${encodeURIComponent(code)}`)
    expect(page.text).toMatch(/id="pay"/)
    expect(page.text).toMatch(/id="close"/)
    expect(page.text).toMatch(/id="fault"/)
    const paying = await post('/sandbox/pay', { provider: 'wechat', outTradeNo: number, code, fault: 'twice' })
    expect(paying.status).toBe(303)
    await sandbox.wechat.callbacksSettled()
    const result = await get(paying.headers['location'] ?? '')
    expect(result.text).toContain('支付成功')
    expect(sandbox.wechat.find(number)).toMatchObject({
      state: 'SUCCESS',
      callbacks: [{ status: 200 }, { status: 200 }],
    })
  })

  it('makes an Alipay trade by looking at it', async () => {
    const { number, code } = await alipayOrder()
    await get(`/sandbox/pay?code=${encodeURIComponent(code)}`)
    expect(sandbox.alipay.find(number)?.state).toBe('WAIT_BUYER_PAY')
    await post('/sandbox/pay', { provider: 'alipay', outTradeNo: number })
    expect(sandbox.alipay.find(number)?.state).toBe('TRADE_SUCCESS')
  })

  it('closes an order, and says why it cannot pay it then', async () => {
    const { number } = await wechatOrder()
    const closing = await post('/sandbox/close', { provider: 'wechat', outTradeNo: number })
    expect((await get(closing.headers['location'] ?? '')).text).toContain('订单已关闭')
    const paying = await post('/sandbox/pay', { provider: 'wechat', outTradeNo: number })
    expect([paying.status, paying.text.includes('无法支付')]).toEqual([409, true])
  })

  it('sends the payer of a browser payment back to the merchant', async () => {
    serial += 1
    const biz = {
      out_trade_no: `W${serial}`,
      total_amount: '1.00',
      subject: 'x',
      product_code: 'QUICK_WAP_WAY',
      quit_url: `${merchant.url}/quit`,
    }
    const params = alipay.params('alipay.trade.wap.pay', biz, { return_url: `${merchant.url}/return` })
    const query = new URLSearchParams(signed(params, sandbox.alipay.credentials.privateKey)).toString()
    const opened = await send(`${sandbox.alipay.credentials.gatewayUrl}?${query}`, 'GET', {})
    const page = await send(opened.headers['location'] ?? '', 'GET', {})
    expect(page.text).toContain(`href="${merchant.url}/quit"`)
    const paying = await post('/sandbox/pay', { provider: 'alipay', outTradeNo: `W${serial}` })
    const result = await get(paying.headers['location'] ?? '')
    expect(result.text).toMatch(/data-leave/)
    expect(result.text).toContain(`${merchant.url}/return?`)
  })

  it('leads the payer of an H5 order back only to a web address', async () => {
    const scene = { payer_client_ip: '1.2.3.4', h5_info: { type: 'Wap' } }
    const { json } = await wechat.create({ scene_info: scene }, 'h5')
    const follow = async (redirect: string) => {
      const address = `${String(json['h5_url'])}&redirect_url=${encodeURIComponent(redirect)}`
      const { headers } = await send(address, 'GET', {})
      return get(headers['location'] ?? '')
    }
    expect((await follow('https://shop.example/done')).text).toContain('href="https://shop.example/done"')
    expect((await follow('javascript:alert(1)')).text).not.toContain('javascript:')
  })

  it('spoils the next call of the merchant', async () => {
    const { number } = await wechatOrder()
    await post('/sandbox/faults', { provider: 'wechat', operation: 'query', kind: 'error_500_after' })
    expect((await wechat.query(number)).status).toBe(500)
    await post('/sandbox/faults', { provider: 'wechat', operation: 'query', kind: 'error_500_after' })
    await post('/sandbox/faults', { clear: 'yes' })
    expect((await wechat.query(number)).status).toBe(200)
    expect((await post('/sandbox/faults', { provider: 'wechat', operation: 'query', kind: 'nonsense' })).status).toBe(
      400,
    )
  })

  it('is not there for other sites and other names', async () => {
    const { number } = await wechatOrder()
    const form = { provider: 'wechat', outTradeNo: number }
    expect((await post('/sandbox/pay', form, { Origin: 'https://evil.example' })).status).toBe(403)
    expect((await post('/sandbox/pay', form, { Origin: 'null' })).status).toBe(403)
    expect((await post('/sandbox/pay', form, { 'Sec-Fetch-Site': 'cross-site' })).status).toBe(403)
    expect((await post('/sandbox/pay', form, { Host: 'evil.example', Origin: 'http://evil.example' })).status).toBe(403)
    expect((await send(`${sandbox.origin}/sandbox`, 'GET', { Host: 'evil.example' })).status).toBe(403)
    expect(sandbox.wechat.find(number)?.state).toBe('NOTPAY')
  })

  it('brings its own style and script, and nothing else', async () => {
    expect((await get('/sandbox/payer.css')).headers['content-type']).toBe('text/css; charset=utf-8')
    expect((await get('/sandbox/payer.js')).headers['content-type']).toBe('text/javascript; charset=utf-8')
    expect((await get('/sandbox/payer.ts')).status).toBe(404)
    expect((await get('/sandbox/pay?outTradeNo=unknown')).status).toBe(404)
  })
})

describe('the control API', () => {
  it('pays, scans, closes and lists', async () => {
    const [first, second, third] = [await wechatOrder(), await alipayOrder(), await wechatOrder()]
    const paid = await control('POST', '/pay', { code: first.code, couponFen: 100 })
    expect(paid.json).toMatchObject({ provider: 'wechat', outTradeNo: first.number, transactionId: expect.any(String) })
    expect((await control('POST', '/scan', { outTradeNo: second.number })).status).toBe(200)
    expect((await control('POST', '/pay', { outTradeNo: second.number, provider: 'alipay' })).status).toBe(200)
    expect((await control('POST', '/close', { outTradeNo: third.number })).status).toBe(200)
    const trades = objectIn((await control('GET', '/trades')).text)
    expect(trades['wechat']).toContainEqual(
      expect.objectContaining({ outTradeNo: first.number, state: 'SUCCESS', coupon: 100 }),
    )
    expect(trades['wechat']).toContainEqual(expect.objectContaining({ outTradeNo: third.number, state: 'CLOSED' }))
    expect(trades['alipay']).toContainEqual(
      expect.objectContaining({ outTradeNo: second.number, state: 'TRADE_SUCCESS' }),
    )
    const refund = { outTradeNo: first.number, amountFen: 100, refundNo: 'BYHAND' }
    expect((await control('POST', '/refund', refund)).json).toMatchObject({
      outTradeNo: first.number,
      refundNo: 'BYHAND',
    })
    expect((await control('POST', '/refund', { outTradeNo: third.number })).status).toBe(409)
  })

  it('arms and clears faults', async () => {
    const { number } = await wechatOrder()
    const fault = { provider: 'wechat', operation: 'query', kind: 'error_500_before', times: 2 }
    expect((await control('POST', '/faults', fault)).status).toBe(200)
    expect((await wechat.query(number)).status).toBe(500)
    expect((await control('DELETE', '/faults')).status).toBe(204)
    expect((await wechat.query(number)).status).toBe(200)
    expect((await control('POST', '/faults', { ...fault, provider: 'alipay', kind: 'probe' })).status).toBe(400)
  })

  it('plants differences in bills and takes them out again', async () => {
    const { number } = await wechatOrder()
    await control('POST', '/pay', { outTradeNo: number })
    const day = beijing(Date.now()).slice(0, 10)
    const differences = [
      { kind: 'amount_off', day, outTradeNo: number },
      { kind: 'extra_row', day },
    ]
    const answer = await control('POST', '/bill-differences', { provider: 'wechat', differences })
    expect(answer).toMatchObject({
      status: 200,
      json: {
        planted: [
          { kind: 'amount_off', byFen: 1, row: { outTradeNo: number, amount: 9900 } },
          { kind: 'extra_row', row: { kind: 'payment' } },
        ],
      },
    })
    expect((await control('POST', '/bill-differences', { provider: 'wechat', differences })).status).toBe(409)
    const foreign = { provider: 'alipay', differences: [{ kind: 'status_off', day }] }
    expect((await control('POST', '/bill-differences', foreign)).status).toBe(400)
    expect((await control('DELETE', '/bill-differences')).status).toBe(204)
    expect((await control('POST', '/bill-differences', { provider: 'wechat', differences })).status).toBe(200)
    await control('DELETE', '/bill-differences')
  })

  it('tells what is impossible from what is malformed', async () => {
    expect((await control('POST', '/pay', { outTradeNo: 'unknown' })).status).toBe(409)
    expect((await control('POST', '/pay', { number: 1 })).status).toBe(400)
    expect((await control('POST', '/elsewhere')).status).toBe(404)
  })

  it("pays what a merchant's page hands to the WeChat client, if it is signed", async () => {
    const { json } = await wechat.create({ payer: { openid: 'oUser' } }, 'jsapi')
    const { appId, merchantPrivateKey } = sandbox.wechat.credentials
    const call = {
      appId,
      timeStamp: '1717992301',
      nonceStr: 'n',
      package: `prepay_id=${String(json['prepay_id'])}`,
      signType: 'RSA',
    }
    const message = `${appId}\n${call.timeStamp}\nn\n${call.package}\n`
    const paySign = createSign('RSA-SHA256').update(message).sign(merchantPrivateKey, 'base64')
    const stranger = { invocation: { ...call, timeStamp: '1717992302', paySign } }
    expect((await control('POST', '/pay', stranger)).status).toBe(409)
    expect((await control('POST', '/pay', { invocation: { ...call, paySign } })).json['transactionId']).toMatch(/^4200/)
  })
})
