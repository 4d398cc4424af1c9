import { createPublicKey, verify } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toOrderText } from '../../../../src/adapters/gateways/alipay/order-text.ts'
import type { PaymentMethod } from '../../../../src/domain/payment.ts'
import { fen } from '../../../../src/domain/money.ts'
import { APP_ID, appKey, gateway, keyText, signedAnswer, trade, vectors, withAnswers, withServer } from './fixtures.ts'

const METHOD = 'alipay.trade.precreate'
const QR = 'https://qr.alipay.com/bavh4wjlxf12tper3a'
const created = { code: '10000', msg: 'Success', out_trade_no: 'P20261003100000001', qr_code: QR }
const precreate = (answer: unknown, given = trade()) =>
  withAnswers({ [METHOD]: answer }, async (alipay, asked) => ({ outcome: await alipay.create(given), asked }))

/** As Alipay does: over the decoded values, `sign_type` kept. */
const isSignedByUs = (params: URLSearchParams): boolean => {
  const text = [...params]
    .filter(([name]) => name !== 'sign')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
  const key = createPublicKey(appKey)
  return verify('RSA-SHA256', Buffer.from(text), key, Buffer.from(params.get('sign') ?? '', 'base64'))
}

const sent = (params: URLSearchParams | undefined) => ({
  ...Object.fromEntries(params ?? []),
  biz_content: JSON.parse(params?.get('biz_content') ?? '{}') as unknown, // Compared whole.
  sign: params !== undefined && isSignedByUs(params),
})

const COMMON = {
  app_id: APP_ID,
  charset: 'utf-8',
  version: '1.0',
  sign_type: 'RSA2',
  timestamp: '2026-10-03 10:00:00',
  sign: true,
}
const CONTENT = {
  out_trade_no: 'P20261003100000001',
  total_amount: '88.88',
  subject: '测试商品',
  time_expire: '2026-10-03 10:30:00',
}
const NOTIFY = { notify_url: 'https://pay.example.com/notify/alipay' }

describe('create: a QR code', () => {
  it('sends the trade in one signed form and gives the code', async () => {
    const { outcome, asked } = await precreate(created)
    expect(outcome._unsafeUnwrap()).toEqual({
      type: 'qr',
      codeUrl: QR,
      expiresAt: new Date('2026-10-03T10:30:00+08:00'),
    })
    expect(asked.map(sent)).toEqual([
      { ...COMMON, ...NOTIFY, method: METHOD, biz_content: { ...CONTENT, product_code: 'FACE_TO_FACE_PAYMENT' } },
    ])
  })

  it('sends the very same request again', async () => {
    const { asked: first } = await precreate(created)
    const { asked: second } = await precreate(created)
    expect(second.map(String)).toEqual(first.map(String))
  })

  it('lets no code live longer than two hours', async () => {
    const { outcome } = await precreate(created, trade({ expiresAt: new Date('2026-10-04T10:00:00+08:00') }))
    expect(outcome._unsafeUnwrap()).toMatchObject({ expiresAt: new Date('2026-10-03T12:00:00+08:00') })
  })

  it('tells a paid number and a closed one from other refusals', async () => {
    const refused = async (sub_code: string) =>
      (await precreate({ code: '40004', msg: 'Business Failed', sub_code, sub_msg: '…' })).outcome._unsafeUnwrapErr()
    expect(await refused('ACQ.TRADE_HAS_SUCCESS')).toEqual({ code: 'TRADE_ALREADY_PAID' })
    expect(await refused('aop.ACQ.TRADE_HAS_CLOSE')).toEqual({ code: 'TRADE_CLOSED' })
    expect(await refused('ACQ.CONTEXT_INCONSISTENT')).toEqual({
      code: 'GATEWAY_REJECTED',
      gatewayCode: 'ACQ.CONTEXT_INCONSISTENT',
      message: '…',
    })
  })

  it('takes no answer about another trade, and none without a code', async () => {
    for (const answer of [
      { ...created, out_trade_no: 'P2' },
      { code: '10000', qr_code: QR },
      { ...created, qr_code: '' },
    ])
      expect((await precreate(answer)).outcome._unsafeUnwrapErr()).toMatchObject({ code: 'GATEWAY_UNAVAILABLE' })
  })

  it('asks for the product the settings name', async () => {
    const asked = await withServer(
      (_, response) => response.end(signedAnswer(METHOD, created)),
      async (alipay, sentForms) => {
        await alipay.create(trade())
        return sentForms
      },
      { productCode: 'QR_CODE_OFFLINE' },
    )
    expect(sent(asked[0]).biz_content).toMatchObject({ product_code: 'QR_CODE_OFFLINE' })
  })
})

describe('create: where nothing goes over the network', () => {
  // The gateway's address is a port nobody listens on.
  const action = async (method: PaymentMethod, overrides: Parameters<typeof gateway>[0] = {}) =>
    (await gateway(overrides).create(trade({ method })))._unsafeUnwrap()

  it.each([
    ['ALIPAY_WEB', 'alipay.trade.page.pay', 'FAST_INSTANT_TRADE_PAY'],
    ['ALIPAY_WAP', 'alipay.trade.wap.pay', 'QUICK_WAP_WAY'],
  ] as const)('%s is a signed address for the browser', async (method, name, product_code) => {
    const page = await action(method)
    const url = new URL(page.type === 'redirect' ? page.url : '')
    expect(`${url.origin}${url.pathname}`).toBe('http://127.0.0.1:9/gateway.do')
    const { alipay_sdk: _, ...rest } = sent(url.searchParams) as Record<string, unknown> // Whatever the SDK calls itself.
    expect(rest).toEqual({ ...COMMON, ...NOTIFY, method: name, biz_content: { ...CONTENT, product_code } })
  })

  it('sends the payer back where the request says, else where the settings say', async () => {
    const back = async (returnUrl: string | undefined) => {
      const asked = trade({ method: 'ALIPAY_WEB', request: { ...trade().request, returnUrl } })
      const page = (await gateway({ returnUrl: 'https://shop.example.com/a?b=1&c=2' }).create(asked))._unsafeUnwrap()
      const url = new URL(page.type === 'redirect' ? page.url : '')
      return isSignedByUs(url.searchParams) ? url.searchParams.get('return_url') : 'not signed'
    }
    expect(await back('https://shop.example.com/back')).toBe('https://shop.example.com/back')
    expect(await back(undefined)).toBe('https://shop.example.com/a?b=1&c=2')
  })

  it('ALIPAY_APP is a signed order string, the same as the official vector', async () => {
    const vector = vectors.request_signing.find(({ id }) => id === 'app_pay_order_string')
    const app = await gateway({ privateKey: keyText('nodejs_app_private_pkcs1') }).create(
      trade({
        method: 'ALIPAY_APP',
        outTradeNo: 'A20261003100000001',
        amount: fen(1),
        request: { ...trade().request, subject: 'App' },
      }),
    )
    const order = app._unsafeUnwrap()
    const params = new URLSearchParams('orderString' in order ? order.orderString : '')
    expect(Object.fromEntries(params)).toEqual({ ...vector?.params, sign: vector?.signature })
  })

  it.each(['WECHAT_NATIVE', 'WECHAT_JSAPI', 'WECHAT_APP', 'WECHAT_H5', 'POINTS'] as const)(
    '%s is not ours',
    async (method) => {
      expect((await gateway().create(trade({ method })))._unsafeUnwrapErr()).toEqual({ code: 'METHOD_NOT_SUPPORTED' })
    },
  )

  it('signs any subject so that Alipay verifies it, and any amount to the fen', async () => {
    const alipay = gateway()
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'binary' }),
        fc.integer({ min: 1, max: 10_000_000_000 }),
        async (subject, amount) => {
          const given = trade({ method: 'ALIPAY_APP', amount: fen(amount), request: { ...trade().request, subject } })
          const order = (await alipay.create(given))._unsafeUnwrap()
          const params = new URLSearchParams('orderString' in order ? order.orderString : '')
          expect(sent(params)).toMatchObject({
            sign: true,
            biz_content: { total_amount: `${Math.floor(amount / 100)}.${String(amount % 100).padStart(2, '0')}` },
          })
        },
      ),
      { numRuns: 20 },
    )
  })
})

describe('toOrderText', () => {
  it.each([
    ['A/B = C & D', 'A B C D'],
    ['苹果 🍎 2kg', '苹果 2kg'],
    ['a\u0000b\r\nc\td', 'a b c d'],
    ['zero\u200bwidth\u202e', 'zero width'],
    ['lone \ud800 half', 'lone half'],
    ['   ', ''],
    ['=&/', ''],
    ['100% “好” ✓', '100% “好” ✓'],
  ])('%j becomes %j', (text, expected) => {
    expect(toOrderText(text)).toBe(expected)
  })

  it('keeps 256 characters and no separator, whatever comes in', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (text) => {
        const written = toOrderText(text)
        expect(written.length).toBeLessThanOrEqual(256)
        expect(written).not.toMatch(/[/=&\p{Cc}\u{10000}-\u{10FFFF}]/u)
        expect(written.isWellFormed()).toBe(true)
        expect(toOrderText(written)).toBe(written)
      }),
    )
    expect(toOrderText('长'.repeat(300))).toHaveLength(256)
  })

  it('gives way to the number where nothing is left', async () => {
    const nameless = trade({ request: { ...trade().request, subject: '🍎' } })
    const { asked } = await precreate(created, nameless)
    expect(sent(asked[0]).biz_content).toMatchObject({ subject: 'P20261003100000001' })
  })
})
