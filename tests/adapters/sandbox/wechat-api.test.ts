import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Sandbox, startSandbox } from '../../../src/adapters/sandbox/sandbox.ts'
import { listedCertificates, objectIn, send, signedBy, wechatClient } from './wechat-client.ts'

let sandbox: Sandbox
let client: ReturnType<typeof wechatClient>

beforeAll(async () => {
  sandbox = await startSandbox({ callbackSpeed: 1000 })
  client = wechatClient(sandbox.wechat.credentials)
})
afterAll(() => sandbox.stop())

describe('the WeChat Pay sandbox checks who is calling and', () => {
  it('refuses a wrong signature, telling what it has built itself', async () => {
    const foreign = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    })
    const answer = await client.query('T00000000', { privateKey: foreign.privateKey })
    expect(answer.status).toBe(401)
    expect(answer.json).toMatchObject({ code: 'SIGN_ERROR', detail: { field: 'signature', location: 'authorization' } })
    expect(answer.text).toContain('GET\\n/v3/pay/transactions/out-trade-no/T00000000?mchid=')
    expect(answer.headers['request-id']).toMatch(/-268443699$/)
    expect(answer.headers['wechatpay-signature']).toBeUndefined()
  })

  it.each([
    ['another query than the signed one', { signedTarget: '/v3/pay/transactions/out-trade-no/T00000000' }],
    ['another body than the signed one', { signedBody: ' ' }],
    ['a clock 301 seconds behind', { timestamp: Math.floor(Date.now() / 1000) - 301 }],
    ['a clock 310 seconds ahead', { timestamp: Math.floor(Date.now() / 1000) + 310 }],
    ['another merchant', { mchId: '1900000000' }],
    ['another serial number', { serialNo: '00' }],
    ['no authorization', { headers: { Authorization: undefined } }],
    ['another scheme', { headers: { Authorization: 'WECHATPAY2-SM2-WITH-SM3 mchid="1"' } }],
  ])('refuses %s', async (_, tweaks) => {
    const answer = await client.query('T00000000', tweaks)
    expect([answer.status, answer.json['code']]).toEqual([401, 'SIGN_ERROR'])
  })

  it('accepts a clock just under 300 seconds off and a serial number in lower case', async () => {
    const timestamp = Math.floor(Date.now() / 1000) - 298
    const serialNo = sandbox.wechat.credentials.merchantSerialNo.toLowerCase()
    expect((await client.query('T00000000', { timestamp, serialNo })).json['code']).toBe('ORDER_NOT_EXIST')
  })

  it.each(['Accept', 'User-Agent'])('refuses a request without %s', async (name) => {
    const answer = await client.query('T00000000', { headers: { [name]: undefined } })
    expect([answer.status, answer.json['code']]).toEqual([400, 'INVALID_REQUEST'])
  })

  it('knows no other address', async () => {
    expect((await client.call('GET', '/v3/nothing')).status).toBe(404)
    expect((await send(`${sandbox.origin}/elsewhere`, 'GET', {})).status).toBe(404)
  })
})

describe('the WeChat Pay sandbox signs', () => {
  it('answers with its certificate, or with the public key where the request names it', async () => {
    const { publicKey, publicKeyId, apiV3Key } = sandbox.wechat.credentials
    const listed = listedCertificates(await client.call('GET', '/v3/certificates'), apiV3Key)
    const plain = await client.create()
    const [serial = ''] = listed.keys()
    expect(plain.headers['wechatpay-serial']).toBe(serial)
    expect(signedBy(plain.headers, plain.text, listed.get(serial) ?? '')).toBe(true)
    const named = await client.post('/v3/pay/transactions/native', client.order(), {
      headers: { 'Wechatpay-Serial': publicKeyId },
    })
    expect(named.headers['wechatpay-serial']).toBe(publicKeyId)
    expect(signedBy(named.headers, named.text, publicKey)).toBe(true)
    expect(signedBy(named.headers, `${named.text} `, publicKey)).toBe(false)
  })

  it('a 204 over its empty body', async () => {
    const { publicKey, publicKeyId } = sandbox.wechat.credentials
    const order = client.order()
    await client.post('/v3/pay/transactions/native', order)
    const closing = `/v3/pay/transactions/out-trade-no/${order.out_trade_no}/close`
    const answer = await client.post(closing, { mchid: order.mchid }, { headers: { 'Wechatpay-Serial': publicKeyId } })
    expect([answer.status, answer.text]).toEqual([204, ''])
    expect(signedBy(answer.headers, '', publicKey)).toBe(true)
  })

  it('with certificates whose serial numbers have twenty bytes and whose merchant key is the one handed out', () => {
    const { merchantCertificate, merchantSerialNo } = sandbox.wechat.credentials
    const certificate = new X509Certificate(merchantCertificate)
    expect(certificate.serialNumber).toBe(merchantSerialNo)
    expect(merchantSerialNo).toMatch(/^[0-9A-F]{40}$/)
  })
})

describe('the WeChat Pay sandbox takes orders and', () => {
  it.each([
    ['native', {}, 'code_url', /^weixin:\/\/wxpay\/bizpayurl\?pr=\w{9}$/],
    ['jsapi', { payer: { openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o' } }, 'prepay_id', /^wx\w{34}$/],
    ['app', {}, 'prepay_id', /^wx\w{34}$/],
    ['h5', { scene_info: { payer_client_ip: '1.2.3.4', h5_info: { type: 'Wap' } } }, 'h5_url', /prepay_id=wx/],
  ])('gives a payer of %s something to open', async (type, extra, member, form) => {
    const answer = await client.create(extra, type)
    expect(answer.status).toBe(200)
    expect(answer.json[member]).toMatch(form)
  })

  it.each([
    ['no amount', { amount: undefined }, '/amount'],
    ['nothing to pay', { amount: { total: 0 } }, '/amount/total'],
    ['a fraction of a fen', { amount: { total: 1.5 } }, '/amount/total'],
    ['another currency', { amount: { total: 1, currency: 'USD' } }, '/amount/currency'],
    ['null for a field', { attach: null }, '/attach'],
    ['an emoji', { description: '好吃😋' }, '/description'],
    ['a long description', { description: '长'.repeat(128) }, '/description'],
    ['a short number', { out_trade_no: 'T1234' }, '/out_trade_no'],
    ['a callback address with a query', { notify_url: 'https://a.example/n?x=1' }, '/notify_url'],
    ['a payer where none is asked for', { payer: { openid: 'o' } }, '/payer'],
    ['an unknown field', { colour: 'red' }, '/colour'],
    ['an end in the past', { time_expire: '2020-01-01T00:00:00+08:00' }, '/time_expire'],
    ['an end that is no time', { time_expire: '2030-01-01 00:00:00' }, '/time_expire'],
  ])('refuses %s', async (_, overrides, field) => {
    const answer = await client.create(overrides)
    expect(answer.status).toBe(400)
    expect(answer.json).toMatchObject({ code: 'PARAM_ERROR', detail: { field, location: 'body' } })
  })

  it('refuses an application that is not bound, another merchant and a JSAPI order without payer', async () => {
    expect((await client.create({ appid: 'wx0000000000000000' })).json['code']).toBe('APPID_MCHID_NOT_MATCH')
    expect((await client.create({ mchid: '1900000000' })).json['code']).toBe('PARAM_ERROR')
    expect((await client.create({}, 'jsapi')).json).toMatchObject({ detail: { field: '/payer' } })
  })

  it('gives a fresh code for the same order and refuses another one under its number', async () => {
    const order = client.order({ attach: 'a' })
    const first = await client.post('/v3/pay/transactions/native', order)
    const again = await client.post('/v3/pay/transactions/native', {
      ...order,
      amount: { currency: 'CNY', total: 9900 },
    })
    expect(again.status).toBe(200)
    expect(again.json['code_url']).not.toBe(first.json['code_url'])
    for (const change of [{ description: '别的' }, { attach: 'b' }, { time_expire: '2099-01-01T00:00:00+08:00' }]) {
      const other = await client.post('/v3/pay/transactions/native', { ...order, ...change })
      expect([other.status, other.json['code']]).toEqual([400, 'INVALID_REQUEST'])
    }
    expect((await client.post('/v3/pay/transactions/app', order)).json['code']).toBe('INVALID_REQUEST')
  })

  it('tells an unpaid order without currency, a paid one with all of it', async () => {
    const order = client.order()
    await client.post('/v3/pay/transactions/native', order)
    const before = await client.query(order.out_trade_no)
    expect(before.json).toMatchObject({ trade_state: 'NOTPAY', amount: { payer_currency: 'CNY', total: 9900 } })
    expect(before.json['transaction_id']).toBeUndefined()
    expect(objectIn(JSON.stringify(before.json['amount']))['currency']).toBeUndefined()
    const { transactionId } = await sandbox.wechat.pay(order.out_trade_no, { couponFen: 100 })
    const after = await client.query(order.out_trade_no)
    expect(transactionId).toMatch(/^4200\d{24}$/)
    expect(after.json).toMatchObject({
      trade_state: 'SUCCESS',
      trade_type: 'NATIVE',
      transaction_id: transactionId,
      amount: { total: 9900, payer_total: 9800, currency: 'CNY' },
    })
    const byId = await client.call('GET', `/v3/pay/transactions/id/${transactionId}?mchid=${order.mchid}`)
    expect(byId.json).toEqual(after.json)
  })

  it('answers 404 for a number it does not know', async () => {
    const answer = await client.query('T00000000')
    expect([answer.status, answer.json['code']]).toEqual([404, 'ORDER_NOT_EXIST'])
    expect(answer.headers['request-id']).toMatch(/-268512771$/)
  })
})

describe('the WeChat Pay sandbox ends orders and', () => {
  it('closes an unpaid one, as often as asked, and lets nobody pay it afterwards', async () => {
    const order = client.order()
    await client.post('/v3/pay/transactions/native', order)
    expect((await client.close(order.out_trade_no)).status).toBe(204)
    expect((await client.close(order.out_trade_no)).status).toBe(204)
    expect((await client.query(order.out_trade_no)).json['trade_state']).toBe('CLOSED')
    await expect(sandbox.wechat.pay(order.out_trade_no)).rejects.toThrow('关闭')
    expect((await client.post('/v3/pay/transactions/native', order)).json['code']).toBe('ORDER_CLOSED')
  })

  it('does not close a paid one, nor takes it again', async () => {
    const order = client.order()
    await client.post('/v3/pay/transactions/native', order)
    await sandbox.wechat.pay(order.out_trade_no)
    const closing = await client.close(order.out_trade_no)
    expect([closing.status, closing.json['code']]).toEqual([400, 'ORDERPAID'])
    expect((await client.post('/v3/pay/transactions/native', order)).json['code']).toBe('ORDERPAID')
    await expect(sandbox.wechat.pay(order.out_trade_no)).rejects.toThrow('已支付')
  })

  it('knows no order that was never placed', async () => {
    expect((await client.close('T00000000')).json['code']).toBe('ORDER_NOT_EXIST')
  })
})

describe('the WeChat Pay sandbox by its own clock', () => {
  it('closes an order at its end and forgets a code after two hours', async () => {
    let now = Date.now()
    const moved = await startSandbox({ now: () => new Date(now) })
    try {
      const merchant = wechatClient(moved.wechat.credentials)
      const at = (): { readonly timestamp: number } => ({ timestamp: Math.floor(now / 1000) })
      const ends = new Date(now + 30 * 60_000 + 8 * 3_600_000).toISOString().replace(/\.\d+Z$/, '+08:00')
      const short = merchant.order({ time_expire: ends })
      const long = merchant.order()
      await merchant.post('/v3/pay/transactions/native', short, at())
      const { json } = await merchant.post('/v3/pay/transactions/native', long, at())
      now += 31 * 60_000
      expect((await merchant.query(short.out_trade_no, at())).json['trade_state']).toBe('CLOSED')
      await expect(moved.wechat.pay(short.out_trade_no)).rejects.toThrow('过期')
      now += 2 * 3_600_000
      await expect(moved.wechat.pay(String(json['code_url']))).rejects.toThrow('过期')
      const again = await merchant.post('/v3/pay/transactions/native', long, at())
      await moved.wechat.pay(String(again.json['code_url']))
      expect((await merchant.query(long.out_trade_no, at())).json['trade_state']).toBe('SUCCESS')
    } finally {
      await moved.stop()
    }
  })
})
