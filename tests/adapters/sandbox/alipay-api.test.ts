import { createHash, createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeSandboxKeys, type Sandbox, type SandboxKeys, startSandbox } from '../../../src/adapters/sandbox/sandbox.ts'
import { alipayClient, answerHolds, beijing, formHolds, signed } from './alipay-client.ts'
import { send } from './wechat-client.ts'

let keys: SandboxKeys
let sandbox: Sandbox
let client: ReturnType<typeof alipayClient>
let serial = 0
const nextNumber = (): string => {
  serial += 1
  return `P2026${String(serial).padStart(6, '0')}`
}

beforeAll(async () => {
  keys = await makeSandboxKeys()
  sandbox = await startSandbox({ keys })
  client = alipayClient(sandbox.alipay.credentials)
})
afterAll(() => sandbox.stop())

const query = (outTradeNo: string) => client.call('alipay.trade.query', { out_trade_no: outTradeNo })

describe('the Alipay sandbox checks who is calling and', () => {
  it('answers an unknown application without a signature, before it looks at anything else', async () => {
    const params = { ...client.params('alipay.trade.query', {}), app_id: '2021000000000000', sign: 'x' }
    const answer = await client.sendSigned(params)
    expect(answer.status).toBe(200)
    expect(answer.response).toMatchObject({ code: '40002', sub_code: 'isv.invalid-app-id' })
    expect(answer.text).not.toContain('"sign"')
  })

  it('refuses a wrong signature in a signed answer that tells what it has built itself', async () => {
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    })
    const answer = await client.sendSigned(
      signed(client.params('alipay.trade.query', { out_trade_no: 'P1' }), privateKey),
    )
    expect(answer.response).toMatchObject({ code: '40002', sub_code: 'isv.invalid-signature' })
    expect(answer.response['sub_msg']).toContain('&amp;biz_content={"out_trade_no":"P1"}&amp;charset=utf-8&amp;')
    expect(answerHolds(answer, sandbox.alipay.credentials.alipayPublicKey)).toBe(true)
  })

  it.each([
    ['isv.invalid-method', { method: 'alipay.trade.create' }],
    ['isv.missing-method', { method: undefined }],
    ['isv.missing-timestamp', { timestamp: undefined }],
    ['isv.invalid-timestamp', { timestamp: '2026-01-01T00:00:00' }],
    ['isv.invalid-timestamp', { timestamp: beijing(Date.now() - 8 * 3_600_000) }],
    ['isv.invalid-signature-type', { sign_type: 'RSA' }],
    ['isv.invalid-charset', { charset: undefined }],
    ['isv.missing-version', { version: undefined }],
    ['isv.invalid-format', { format: 'XML' }],
    ['isv.illegal-json', { biz_content: '[]' }],
    ['isv.illegal-json', { biz_content: undefined }],
    ['isv.suspected-attack', { biz_content: JSON.stringify({ out_trade_no: 'P1', body: 'x&total_fee=1' }) }],
  ])('refuses with %s: %o', async (code, change) => {
    const answer = await client.call('alipay.trade.query', { out_trade_no: 'P1' }, change)
    expect(answer.text).toContain(`"sub_code":"${code}"`)
  })

  it('refuses an unsigned call and a parameter that comes twice', async () => {
    const params = client.params('alipay.trade.query', { out_trade_no: 'P1' })
    expect((await client.sendSigned(params)).response['sub_code']).toBe('isv.missing-signature')
    const { biz_content: biz = '', ...rest } = signed(params, sandbox.alipay.credentials.privateKey)
    const address = `${sandbox.alipay.credentials.gatewayUrl}?${new URLSearchParams(rest).toString()}`
    const form = `biz_content=${encodeURIComponent(biz)}&charset=utf-8`
    const answer = await send(address, 'POST', { 'Content-Type': 'application/x-www-form-urlencoded' }, form)
    expect(answer.text).toContain('isv.invalid-parameter')
  })

  it('takes everything in the query as well, and empty values signed or not', async () => {
    const params = client.params('alipay.trade.query', { out_trade_no: 'P1' }, { notify_url: '' })
    const withEmpty = signed(params, sandbox.alipay.credentials.privateKey)
    const { notify_url: _, ...filled } = params
    const withoutEmpty = { ...signed(filled, sandbox.alipay.credentials.privateKey), notify_url: '' }
    for (const all of [withEmpty, withoutEmpty]) {
      const address = `${sandbox.alipay.credentials.gatewayUrl}?${new URLSearchParams(all).toString()}`
      expect((await send(address, 'GET', {})).text).toContain('ACQ.TRADE_NOT_EXIST')
    }
  })
})

describe('the Alipay sandbox takes orders and', () => {
  it('answers with escaped slashes, signed as they stand', async () => {
    const answer = await client.precreate(nextNumber())
    expect(answer.headers['content-type']).toBe('text/html;charset=utf-8')
    expect(answer.headers['trace_id']).toMatch(/^[0-9a-f]{30}$/)
    expect(answer.raw).toMatch(
      /^\{"code":"10000","msg":"Success","out_trade_no":"\w+","qr_code":"https:\\\/\\\/qr\.alipay\.com\\\/bax\w+"\}$/,
    )
    expect(answerHolds(answer, sandbox.alipay.credentials.alipayPublicKey)).toBe(true)
    expect(
      answerHolds({ ...answer, raw: answer.raw.replaceAll('\\/', '/') }, sandbox.alipay.credentials.alipayPublicKey),
    ).toBe(false)
  })

  it('knows no trade before somebody scans', async () => {
    const number = nextNumber()
    const { response } = await client.precreate(number)
    const before = await query(number)
    expect(before.response).toMatchObject({ code: '40004', sub_code: 'ACQ.TRADE_NOT_EXIST', receipt_amount: '0.00' })
    expect((await client.call('alipay.trade.close', { out_trade_no: number })).response['sub_code']).toBe(
      'ACQ.TRADE_NOT_EXIST',
    )
    const { transactionId } = await sandbox.alipay.scan(String(response['qr_code']))
    expect(transactionId).toMatch(/^\d{8}22001\d{15}$/)
    expect((await query(number)).response).toMatchObject({
      trade_status: 'WAIT_BUYER_PAY',
      trade_no: transactionId,
      total_amount: '88.88',
      buyer_pay_amount: '0.00',
    })
  })

  it('tells a paid trade in yuan', async () => {
    const number = nextNumber()
    await client.precreate(number)
    const { transactionId } = await sandbox.alipay.pay(number, { couponFen: 88 })
    const { response } = await client.call('alipay.trade.query', { trade_no: transactionId })
    expect(response).toMatchObject({
      code: '10000',
      out_trade_no: number,
      trade_status: 'TRADE_SUCCESS',
      total_amount: '88.88',
      receipt_amount: '88.88',
      buyer_pay_amount: '88.00',
      fund_bill_list: [
        { amount: '88.00', fund_channel: 'ALIPAYACCOUNT' },
        { amount: '0.88', fund_channel: 'COUPON' },
      ],
    })
    expect(response['send_pay_date']).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/)
  })

  it.each([
    ['a number for an amount', { total_amount: 88.88 }],
    ['nothing to pay', { total_amount: '0.00' }],
    ['three decimals', { total_amount: '1.234' }],
    ['more than it may be', { total_amount: '100000000.01' }],
    ['no subject', { subject: undefined }],
    ['a subject with an equals sign', { subject: 'a=b' }],
    ['another product', { product_code: 'QUICK_WAP_WAY' }],
    ['a time-out with decimals', { timeout_express: '1.5h' }],
    ['a time-out of more than fifteen days', { timeout_express: '16d' }],
  ])('refuses %s', async (_, change) => {
    const { response } = await client.precreate(nextNumber(), change)
    expect([response['code'], response['sub_code']]).toEqual(['40004', 'ACQ.INVALID_PARAMETER'])
  })

  it('refuses an end in the past', async () => {
    const { response } = await client.precreate(nextNumber(), { time_expire: beijing(Date.now() - 1000) })
    expect(response['sub_code']).toBe('ACQ.NOW_TIME_AFTER_EXPIRE_TIME_ERROR')
  })

  it('takes the same order again, and no other under its number', async () => {
    const number = nextNumber()
    const first = await client.precreate(number)
    const again = await client.precreate(number)
    expect(again.response['qr_code']).not.toBe(first.response['qr_code'])
    expect((await client.precreate(number, { total_amount: '88.87' })).response['sub_code']).toBe(
      'ACQ.CONTEXT_INCONSISTENT',
    )
    expect((await client.precreate(number, { subject: '别的' })).response['sub_code']).toBe('ACQ.CONTEXT_INCONSISTENT')
    await sandbox.alipay.pay(String(first.response['qr_code']))
    expect((await client.precreate(number)).response['sub_code']).toBe('ACQ.TRADE_HAS_SUCCESS')
  })

  it('closes a trade that waits, once, and no other', async () => {
    const number = nextNumber()
    await client.precreate(number)
    const close = async () => (await client.call('alipay.trade.close', { out_trade_no: number })).response
    await sandbox.alipay.scan(number)
    expect(await close()).toMatchObject({ code: '10000', out_trade_no: number })
    expect((await query(number)).response['trade_status']).toBe('TRADE_CLOSED')
    expect((await close())['sub_code']).toBe('ACQ.TRADE_STATUS_ERROR')
    await expect(sandbox.alipay.pay(number)).rejects.toThrow('关闭')
    expect((await client.precreate(number)).response['sub_code']).toBe('ACQ.TRADE_HAS_CLOSE')
  })

  it('cancels: nothing, an open trade, a paid one', async () => {
    const cancel = async (outTradeNo: string) =>
      (await client.call('alipay.trade.cancel', { out_trade_no: outTradeNo })).response
    const [unscanned, open, paid] = [nextNumber(), nextNumber(), nextNumber()]
    for (const number of [unscanned, open, paid]) await client.precreate(number)
    await sandbox.alipay.scan(open)
    await sandbox.alipay.pay(paid)
    expect(await cancel(unscanned)).toEqual({ code: '10000', msg: 'Success', out_trade_no: unscanned, retry_flag: 'N' })
    expect(await cancel(open)).toMatchObject({ action: 'close' })
    expect(await cancel(paid)).toMatchObject({ action: 'refund' })
    expect((await query(paid)).response['trade_status']).toBe('TRADE_CLOSED')
    await sandbox.alipay.pay(unscanned)
  })

  it('lets codes and trades end by its own clock', async () => {
    let now = Date.now()
    const moved = await startSandbox({ keys, now: () => new Date(now) })
    const merchant = alipayClient(moved.alipay.credentials)
    const at = () => ({ timestamp: beijing(now) })
    const ends = beijing(now + 30 * 60_000)
    const [unscanned, scanned, long] = [nextNumber(), nextNumber(), nextNumber()]
    await merchant.precreate(unscanned, { time_expire: ends })
    await merchant.precreate(scanned, { time_expire: ends })
    const { response } = await merchant.precreate(long, { timeout_express: '3h' })
    await moved.alipay.scan(scanned)
    now += 31 * 60_000
    const state = async (number: string) => {
      const answer = await merchant.call('alipay.trade.query', { out_trade_no: number }, at())
      return answer.response['trade_status'] ?? answer.response['sub_code']
    }
    expect(await state(unscanned)).toBe('ACQ.TRADE_NOT_EXIST')
    expect(await state(scanned)).toBe('TRADE_CLOSED')
    await expect(moved.alipay.scan(unscanned)).rejects.toThrow('过期')
    now += 2 * 3_600_000
    await expect(moved.alipay.scan(String(response['qr_code']))).rejects.toThrow('过期')
    await moved.alipay.pay(long)
    expect(await state(long)).toBe('TRADE_SUCCESS')
    now += 366 * 86_400_000
    expect(await state(long)).toBe('TRADE_FINISHED')
    await moved.stop()
  })
})

describe('the Alipay sandbox in certificate mode', () => {
  it('wants the serial numbers of the certificates and names its own in signed answers', async () => {
    const other = await startSandbox({ keys, alipayMode: 'certificate' })
    const { credentials } = other.alipay
    const { app = '', alipay = '', root = '' } = credentials.certificates ?? {}
    // Worked out as the documentation has it: the issuer backwards, the serial in decimal.
    const sn = (pem: string): string => {
      const certificate = new X509Certificate(pem)
      const issuer = certificate.issuer.split('\n').toReversed().join(',')
      return createHash('md5')
        .update(`${issuer}${BigInt(`0x${certificate.serialNumber}`)}`)
        .digest('hex')
    }
    const roots = root.split(/(?<=-----END CERTIFICATE-----\n)/)
    const rsaRoot = roots.find((pem) => new X509Certificate(pem).publicKey.asymmetricKeyType === 'rsa') ?? ''
    const merchant = alipayClient(credentials)
    const call = (extra: Record<string, string>) => merchant.call('alipay.trade.query', { out_trade_no: 'P1' }, extra)
    expect((await call({})).text).toContain('isv.missing-app-cert-sn')
    expect((await call({ app_cert_sn: sn(app), alipay_root_cert_sn: sn(alipay) })).text).toContain(
      'isv.invalid-alipay-root-cert-sn',
    )
    const answer = await call({ app_cert_sn: sn(app), alipay_root_cert_sn: sn(rsaRoot) })
    expect(answer.response['sub_code']).toBe('ACQ.TRADE_NOT_EXIST')
    expect(answer.text).toContain(`"alipay_cert_sn":"${sn(alipay)}","sign":"`)
    const publicKey = new X509Certificate(alipay).publicKey
    expect(publicKey.equals(createPublicKey(credentials.alipayPublicKey))).toBe(true)
    expect(answerHolds(answer, credentials.alipayPublicKey)).toBe(true)
    await other.stop()
  })
})

describe('the Alipay sandbox in a browser and an app', () => {
  const page = (method: string, biz: object, extra: Record<string, string> = {}) => {
    const all = signed(client.params(method, biz, extra), sandbox.alipay.credentials.privateKey)
    return `${sandbox.alipay.credentials.gatewayUrl}?${new URLSearchParams(all).toString()}`
  }
  const order = (number: string, product: string) => ({
    out_trade_no: number,
    total_amount: '12.00',
    subject: '周边贴纸',
    product_code: product,
  })

  it.each([
    ['alipay.trade.page.pay', 'FAST_INSTANT_TRADE_PAY', 'alipay.trade.page.pay.return'],
    ['alipay.trade.wap.pay', 'QUICK_WAP_WAY', 'alipay.trade.wap.pay.return'],
  ])('leads the buyer of %s to a cashier page and back with signed facts', async (method, product, back) => {
    const number = nextNumber()
    const address = page(method, order(number, product), { return_url: 'http://127.0.0.1:1/back?a=1' })
    const opened = await send(address, 'GET', {})
    expect(opened.status).toBe(302)
    const code = new URL(opened.headers['location'] ?? '').searchParams.get('code') ?? ''
    expect(sandbox.alipay.find(code)?.state).toBe('UNSCANNED')
    expect(sandbox.alipay.returnUrl(number)).toBeUndefined()
    const { transactionId } = await sandbox.alipay.pay(code)
    const url = new URL(sandbox.alipay.returnUrl(number) ?? '')
    const { a, ...facts } = Object.fromEntries(url.searchParams)
    expect([a, url.pathname]).toEqual(['1', '/back'])
    expect(facts).toMatchObject({ method: back, out_trade_no: number, trade_no: transactionId, total_amount: '12.00' })
    expect(facts['trade_status']).toBeUndefined()
    expect(formHolds(facts, sandbox.alipay.credentials.alipayPublicKey)).toBe(true)
  })

  it('shows the buyer a page in GBK where the form is wrong', async () => {
    const answer = await send(page('alipay.trade.page.pay', order(nextNumber(), 'QUICK_WAP_WAY')), 'GET', {})
    expect(answer.headers['content-type']).toBe('text/html;charset=GBK')
    expect(answer.text).toContain('ACQ.INVALID_PARAMETER')
  })

  it('pays an order string, and none that has been touched', async () => {
    const number = nextNumber()
    const params = client.params('alipay.trade.app.pay', order(number, 'QUICK_MSECURITY_PAY'))
    const text = Object.entries(signed(params, sandbox.alipay.credentials.privateKey))
      .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
      .join('&')
    await expect(sandbox.alipay.payOrderString(text.replace('12.00', '0.01'))).rejects.toThrow('isv.invalid-signature')
    expect(await sandbox.alipay.payOrderString(text)).toMatchObject({ resultStatus: '9000' })
    expect((await query(number)).response['trade_status']).toBe('TRADE_SUCCESS')
  })
})
