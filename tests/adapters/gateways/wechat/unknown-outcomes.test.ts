import type { ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import { fen } from '../../../../src/domain/money.ts'
import {
  NOW,
  ok,
  OUT_TRADE_NO,
  paidTrade,
  publicKeyMode,
  raw,
  type Reply,
  refusal,
  serialOf,
  signedHeaders,
  standIn,
  trade,
} from './stand-in.ts'

// One body that would satisfy every operation, so that only the wrapping decides.
const everything = {
  ...paidTrade,
  code_url: 'weixin://wxpay/bizpayurl?pr=JyC91EIz1',
  out_refund_no: 'SYR202406101830000001',
  refund_id: '50302108942024061088888888801',
  status: 'SUCCESS',
  amount: { total: 10_000, currency: 'CNY', refund: 3_000 },
}
const text = JSON.stringify(everything)
const genuine = ok(everything)
const secondsOff = (seconds: number): Reply => ok(everything, { at: new Date(NOW.getTime() + seconds * 1000) })
const headed = (change: Record<string, string>): Reply => ({ ...genuine, headers: { ...genuine.headers, ...change } })
const twice = (response: ServerResponse) => {
  for (const [name, value] of Object.entries(genuine.headers ?? {})) response.setHeader(name, value)
  response.setHeader('wechatpay-nonce', ['a', 'b'])
  response.end(text)
}

const untrustworthy: Readonly<Record<string, Reply | ((response: ServerResponse) => void)>> = {
  'an unsigned 200': { status: 200, body: text },
  'a wrongly signed 200': ok(everything, { by: 'java-merchant', serial: publicKeyMode.publicKeyId }),
  'a 200 signed under an unknown serial': ok(everything, { serial: serialOf('go-platform') }),
  'a 200 signed under a prototype member': ok(everything, { serial: '__proto__' }),
  'a 200 whose body was changed': { ...genuine, body: text.replace('10000', '10001') },
  'a 200 signed 301 s ago': secondsOff(-301),
  'a 200 signed 301 s ahead': secondsOff(301),
  'a probe': headed({ 'wechatpay-signature': 'WECHATPAY/SIGNTEST/c2ln' }),
  'another signature type': headed({ 'wechatpay-signature-type': 'WECHATPAY2-SM2-WITH-SM3' }),
  'a signature header that came twice': twice,
  'a signed answer that is no JSON': raw('<html>'),
  'a signed answer cut in half': raw(text.slice(0, 60)),
  'a signed answer that is very deep': raw('['.repeat(200_000) + ']'.repeat(200_000)),
  'an unsigned 202': { status: 202, body: '{"code":"USERPAYING"}' },
  'a 500 with a code': refusal(500, 'SYSTEM_ERROR'),
  'a 500 that says paid': refusal(500, 'ORDERPAID'),
  'a 500 that says not found': refusal(500, 'ORDER_NOT_EXIST'),
  'a 502 page': { status: 502, body: '<html>Bad Gateway</html>' },
  'a 503 without a body': { status: 503 },
  'a 429': refusal(429, 'RATELIMIT_EXCEEDED'),
  'a 429 that says closed': refusal(429, 'ORDER_CLOSED'),
  'a 408': refusal(408, 'PARAM_ERROR'),
  'a 400 page': { status: 400, body: '<html>Bad Request</html>' },
  'a 404 without a body': { status: 404 },
  'a 404 with a code that is none': { status: 404, body: '{"code":["ORDER_NOT_EXIST"]}' },
  'a 403 SYSTEMERROR': refusal(403, 'SYSTEMERROR'),
  'a redirect': { status: 302, headers: { location: '/elsewhere', ...signedHeaders(text) }, body: text },
  'an oversized answer': raw(JSON.stringify({ ...everything, more: 'x'.repeat(1_048_576) })),
  'an answer that breaks off': (response) => {
    response.writeHead(200, { ...genuine.headers, 'content-length': '10000' })
    response.write(text, () => response.destroy())
  },
  'a cut connection': (response) => response.destroy(),
  silence: () => undefined,
}

describe('an answer nobody can build on leaves the outcome unknown', () => {
  it('would be believed if it were genuine', async () => {
    const { gateway } = await standIn(() => genuine)
    expect((await gateway.query(OUT_TRADE_NO))._unsafeUnwrap()).toMatchObject({ state: 'paid' })
    expect((await gateway.create(trade())).isOk()).toBe(true)
  })
  it.each([-300, -299, 299, 300])('is believed when signed %i s from now', async (seconds) => {
    const { gateway } = await standIn(() => secondsOff(seconds))
    expect((await gateway.query(OUT_TRADE_NO)).isOk()).toBe(true)
  })
  it.each(Object.entries(untrustworthy))('%s', async (name, reply) => {
    const timeoutMs = name === 'silence' ? 1_000 : 10_000
    const { gateway, calls } = await standIn(() => reply, { ...publicKeyMode, timeoutMs })
    const refundOrder = {
      refundNo: 'SYR202406101830000001',
      outTradeNo: OUT_TRADE_NO,
      transactionId: '4200002264202406108888888801',
      amount: fen(3_000),
      paid: fen(10_000),
      currency: 'CNY' as const,
      reason: '',
    }
    const outcomes = await Promise.all([
      gateway.create(trade()),
      gateway.query(OUT_TRADE_NO),
      gateway.close(OUT_TRADE_NO),
      gateway.refund(refundOrder),
      gateway.queryRefund(refundOrder),
    ])
    for (const outcome of outcomes) expect(outcome._unsafeUnwrapErr()).toMatchObject({ code: 'GATEWAY_UNAVAILABLE' })
    const operations = calls.filter(({ url }) => url !== '/v3/certificates')
    expect(operations).toHaveLength(5) // Each was sent once: whoever asks again is for the caller to decide.
  })
})
