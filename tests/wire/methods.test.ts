import { createPublicKey, type KeyObject, verify, X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Running, readersOf, startRunning } from '../support/service.ts'
import { call, eventually, GRANT, type Json, order, orderState, paymentOf, sell } from './payer.ts'

const SHOP = 'https://shop.example.cn'
const NO_SPACE = expect.stringMatching(/^\S+$/)
const BASE64 = expect.stringMatching(/^[0-9A-Za-z+/]{342}==$/)

let running: Running
let productId: string
beforeAll(async () => {
  running = await startRunning({ settings: { RETURN_URL_ORIGINS: SHOP, RECOVERY_SCHEDULE: '24h' } })
  productId = await sell(running, GRANT)
})
afterAll(() => running.stop())

type Method = {
  readonly method: string
  /** What its first and its second caller ask for. */
  readonly fields?: Readonly<Record<string, string>>
  readonly otherFields?: Readonly<Record<string, string>>
  /** The whole action, as the contract has it. */
  readonly action: () => unknown
  /** Throws where the client would not believe the action; by the gateway's own rules and the merchant's public key. */
  readonly check?: (action: Json) => void
  readonly pay: (action: Json) => Promise<unknown>
  /** Whether each action carries a time and a signature of its own. */
  readonly isSigned: boolean
}

const wechat: readonly Method[] = [
  {
    method: 'WECHAT_NATIVE',
    action: () => ({ type: 'qr', codeUrl: expect.stringMatching(/^weixin:\/\//), expiresAt: expect.any(String) }),
    pay: ({ codeUrl }) => control({ code: codeUrl }),
    isSigned: false,
  },
  {
    method: 'WECHAT_JSAPI',
    fields: { openid: 'oFirstPayer0000000000000000A' },
    otherFields: { openid: 'oOtherPayer0000000000000000B' },
    action: () => ({
      type: 'invoke',
      params: {
        appId: running.sandbox.wechat.credentials.appId,
        timeStamp: expect.stringMatching(/^\d{10}$/),
        nonceStr: expect.stringMatching(/^\w{16,32}$/),
        package: expect.stringMatching(/^prepay_id=\S+$/),
        signType: 'RSA',
        paySign: BASE64,
      },
    }),
    check: ({ params: { appId, timeStamp, nonceStr, package: prepay, paySign } }) =>
      expectSigned([appId, timeStamp, nonceStr, prepay, ''].join('\n'), paySign, wechatKey()),
    pay: ({ params }) => control({ invocation: params }),
    isSigned: true,
  },
  {
    method: 'WECHAT_APP',
    action: () => ({
      type: 'app',
      params: {
        appid: running.sandbox.wechat.credentials.appId,
        partnerid: running.sandbox.wechat.credentials.mchId,
        prepayid: NO_SPACE,
        package: 'Sign=WXPay',
        noncestr: expect.stringMatching(/^\w{16,32}$/),
        timestamp: expect.stringMatching(/^\d{10}$/),
        sign: BASE64,
      },
    }),
    check: ({ params: { appid, timestamp, noncestr, prepayid, sign } }) =>
      expectSigned([appid, timestamp, noncestr, prepayid, ''].join('\n'), sign, wechatKey()),
    pay: ({ params }) => control({ invocation: params }),
    isSigned: true,
  },
  {
    method: 'WECHAT_H5',
    fields: { returnUrl: `${SHOP}/done?n=1` },
    otherFields: { returnUrl: `${SHOP}/other` },
    action: () => ({
      type: 'redirect',
      url: expect.stringContaining(`&redirect_url=${encodeURIComponent(`${SHOP}/done?n=1`)}`),
    }),
    pay: ({ url }) => browse(url, `${SHOP}/done?n=1`),
    isSigned: false,
  },
]

const alipay: readonly Method[] = [
  {
    method: 'ALIPAY_QR',
    action: () => ({ type: 'qr', codeUrl: expect.stringMatching(/^https?:\/\//), expiresAt: expect.any(String) }),
    pay: ({ codeUrl }) => control({ code: codeUrl }),
    isSigned: false,
  },
  ...(['ALIPAY_WEB', 'ALIPAY_WAP'] as const).map(
    (method): Method => ({
      method,
      fields: { returnUrl: `${SHOP}/done?n=1` },
      otherFields: { returnUrl: `${SHOP}/other` },
      action: () => ({ type: 'redirect', url: expect.stringContaining(running.sandbox.alipay.credentials.gatewayUrl) }),
      check: ({ url }) => {
        const params = new URL(url).searchParams
        expect(params.get('return_url')).toBe(`${SHOP}/done?n=1`)
        expect(params.get('method')).toBe(`alipay.trade.${method === 'ALIPAY_WEB' ? 'page' : 'wap'}.pay`)
        expectSignedForm(params)
      },
      pay: ({ url }) => browse(url, `${SHOP}/done?n=1`),
      isSigned: true,
    }),
  ),
  {
    method: 'ALIPAY_APP',
    action: () => ({ type: 'app', orderString: NO_SPACE }),
    check: ({ orderString }) => expectSignedForm(new URLSearchParams(orderString)),
    pay: ({ orderString }) => control({ orderString }),
    isSigned: true,
  },
]

/** The text the signature has to be over, put together from the parameters as the receiver decodes them. */
const expectSignedForm = (params: URLSearchParams): void => {
  const fields = [...params].filter(([name]) => name !== 'sign').toSorted(([a], [b]) => (a < b ? -1 : 1))
  expect(new Set(fields.map(([name]) => name)).size).toBe(fields.length)
  expect(params.get('sign_type')).toBe('RSA2')
  const text = fields.map(([name, value]) => `${name}=${value}`).join('&')
  expectSigned(text, params.get('sign') ?? '', createPublicKey(running.sandbox.alipay.credentials.privateKey))
}

const expectSigned = (text: string, signature: string, key: KeyObject): void => {
  expect(verify('RSA-SHA256', Buffer.from(text), key, Buffer.from(signature, 'base64'))).toBe(true)
}

const wechatKey = (): KeyObject => new X509Certificate(running.sandbox.wechat.credentials.merchantCertificate).publicKey

/** What the payer's device does with an action, at the gateway. */
const control = async (wanted: object): Promise<void> => {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${running.sandbox.origin}/sandbox/api/pay`, {
    method: 'POST',
    headers,
    body: JSON.stringify(wanted),
  })
  if (!answer.ok) throw new Error(await answer.text())
}

/** Follows a redirect action as a browser does, pays on the gateway's page, and expects to be led back to this place. */
const browse = async (url: string, back: string): Promise<void> => {
  const page = await fetch(url)
  const html = await page.text()
  const form = new URLSearchParams()
  for (const [, name = '', value = ''] of html.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g))
    if (!form.has(name)) form.set(name, value.replaceAll('&amp;', '&'))
  const paid = await fetch(new URL('/sandbox/pay', page.url), { method: 'POST', body: form })
  const [, href = ''] = /<a id="return"[^>]* href="([^"]*)"/.exec(await paid.text()) ?? []
  expect(href.replaceAll('&amp;', '&').startsWith(back)).toBe(true)
}

const create = async (orderId: string, { method }: Method, fields: object = {}) => {
  const provider = method.startsWith('WECHAT') ? 'wechat' : 'alipay'
  const token = await running.token('u1')
  return call(running, `/payments/${provider}/create`, { token, body: { orderId, method, ...fields } })
}

describe.each([...wechat, ...alipay])('paying by $method', (one) => {
  it('gives the action of the contract, which the client can verify, and its callback settles the order', async () => {
    const orderId = await order(running, productId)
    const { status, json } = await create(orderId, one, one.fields)
    expect([status, json.data.action]).toEqual([201, one.action()])
    one.check?.(json.data.action)
    await one.pay(json.data.action)
    const paid = await eventually(
      () => orderState(running, orderId),
      (seen) => seen?.status === 'paid',
    )
    expect(paid).toMatchObject({ status: 'paid', paymentId: json.data.payment.id })
    const { notifications, entitlements, transactions } = readersOf(running)
    expect((await notifications.listByOrder(orderId)).map(({ verdict }) => verdict)).toEqual(['settled'])
    expect(await transactions.listByOrder(orderId)).toMatchObject([{ source: 'notification', disposition: 'settled' }])
    expect((await entitlements.listByUser('u1')).filter(({ source }) => source.id.startsWith(orderId))).toHaveLength(1)
  })

  it('asked for again, it is the same payment as first asked for, with a fresh action that can be paid', async () => {
    const orderId = await order(running, productId)
    const first = (await create(orderId, one, { subject: '第一次', ...one.fields })).json.data
    running.clock.advance(1000)
    const second = (await create(orderId, one, { subject: '第二次', ...one.otherFields })).json.data
    expect(second.payment).toEqual(first.payment)
    expect(second.action).toEqual(one.action())
    one.check?.(second.action)
    if (one.isSigned) expect(second.action).not.toEqual(first.action)
    const stored = await paymentOf(running, first.payment.outTradeNo)
    expect(stored?.request).toMatchObject({ subject: '第一次', clientIp: '127.0.0.1', ...one.fields })
    await one.pay(second.action)
    const { wechat: atWechat, alipay: atAlipay } = running.sandbox
    const trade = atWechat.find(stored?.outTradeNo ?? '')
    expect(trade?.description ?? atAlipay.find(stored?.outTradeNo ?? '')?.subject).toBe('第一次')
    if (one.method === 'WECHAT_JSAPI') expect(trade?.openId).toBe(one.fields?.['openid'])
    const paid = await eventually(
      () => orderState(running, orderId),
      (seen) => seen?.status === 'paid',
    )
    expect(paid?.status).toBe('paid')
  })
})

describe('a payment that can not be made', () => {
  it('WECHAT_JSAPI without an openid is refused before anything is stored', async () => {
    const orderId = await order(running, productId)
    const { status, json } = await create(orderId, { method: 'WECHAT_JSAPI' } as Method) // All that is read of it.
    expect([status, json.code, json.errors[0].path]).toEqual([400, 'VALIDATION_FAILED', 'openid'])
    expect(await readersOf(running).payments.listByOrder(orderId)).toEqual([])
  })

  it.each([
    'https://evil.example/',
    `${SHOP}.evil.example/`,
    `https://user:pass@shop.example.cn/`,
    'http://shop.example.cn/',
    'javascript:alert(1)',
    '//shop.example.cn',
    `${SHOP}/${'x'.repeat(256)}`,
  ])('one that would lead back to %s is refused before anything is stored', async (returnUrl) => {
    const orderId = await order(running, productId)
    const { status, json } = await create(orderId, { method: 'ALIPAY_WEB' } as Method, { returnUrl }) // As above.
    expect([status, json.code, json.errors[0].path]).toEqual([400, 'VALIDATION_FAILED', 'returnUrl'])
    expect(await readersOf(running).payments.listByOrder(orderId)).toEqual([])
  })

  it.each(['ALIPAY_WEB', 'ALIPAY_WAP', 'WECHAT_H5'])(
    '%s leads back to our own page where none is named',
    async (method) => {
      const orderId = await order(running, productId)
      const { json } = await create(orderId, { method } as Method) // As above.
      const params = new URL(json.data.action.url).searchParams
      const back = params.get(method === 'WECHAT_H5' ? 'redirect_url' : 'return_url')
      expect(back).toBe(`${running.origin}/cashier/${orderId}/return`)
      await browse(json.data.action.url, back ?? '')
    },
  )
})
