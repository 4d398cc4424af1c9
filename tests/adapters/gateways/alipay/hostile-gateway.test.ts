import type { ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import { createAlipayGateway } from '../../../../src/adapters/gateways/alipay/alipay-gateway.ts'
import type { HttpTransport } from '../../../../src/adapters/gateways/http-transport.ts'
import { ok } from 'neverthrow'
import { appKey, clock, refundOrder, settings, signedAnswer, trade, withServer } from './fixtures.ts'

const OUT_TRADE_NO = 'P20261003100000001'

/** What each method would gladly hear. */
const success = (method: string) => ({
  code: '10000',
  msg: 'Success',
  out_trade_no: OUT_TRADE_NO,
  trade_no: '2026100322001412345610000001',
  trade_status: 'TRADE_SUCCESS',
  total_amount: '88.88',
  send_pay_date: '2026-10-03 10:00:21',
  fund_change: 'Y',
  out_request_no: 'R20261003142000001',
  refund_status: 'REFUND_SUCCESS',
  refund_amount: '20.00',
  qr_code: `https://qr.alipay.com/${method}`,
})

const signed = (method: string) => signedAnswer(method, success(method))
const unsigned = (method: string) => signed(method).replace(/,"sign":"[^"]*"/, '')

type Fault = (method: string, response: ServerResponse) => void

const FAULTS: Readonly<Record<string, Fault>> = {
  'a 502 in HTML': (_, response) => response.writeHead(502).end('<html><body>502 Bad Gateway</body></html>'),
  'a 500 with a signed success': (method, response) => response.writeHead(500).end(signed(method)),
  'a 429': (_, response) => response.writeHead(429).end(),
  'a 201 with a signed success': (method, response) => response.writeHead(201).end(signed(method)),
  'a redirect to a signed success': (method, response) =>
    response.writeHead(302, { location: '/gateway.do' }).end(signed(method)),
  'an unsigned success': (method, response) => response.end(unsigned(method)),
  'an unsigned refusal': (method, response) =>
    response.end(`{"${method.replaceAll('.', '_')}_response":{"code":"40002","sub_code":"isv.invalid-app-id"}}`),
  'an error_response': (_, response) =>
    response.end(signedAnswer('error', { code: '40004', sub_code: 'ACQ.TRADE_NOT_EXIST' })),
  'a success signed by another key': (method, response) => response.end(signedAnswer(method, success(method), appKey)),
  'a success changed after it was signed': (method, response) => response.end(signed(method).replace('88.88', '88.89')),
  'the signed answer to another method': (_, response) => response.end(signed('alipay.trade.pay')),
  'a truncated answer': (method, response) => response.end(signed(method).slice(0, -40)),
  'an empty answer': (_, response) => response.end(),
  'a signed 20000': (method, response) =>
    response.end(
      signedAnswer(method, { code: '20000', msg: 'Service Currently Unavailable', sub_code: 'isp.unknow-error' }),
    ),
  'a signed system error': (method, response) =>
    response.end(signedAnswer(method, { code: '40004', msg: 'Business Failed', sub_code: 'ACQ.SYSTEM_ERROR' })),
  'an answer of two megabytes': (method, response) =>
    response.end(signedAnswer(method, { ...success(method), body: 'x'.repeat(2_000_000) })),
  'a cut connection': (_, response) => response.destroy(),
  'a connection cut in the answer': (method, response) => {
    response.writeHead(200, { 'content-length': '5000' })
    response.write(signed(method).slice(0, 100), () => response.destroy())
  },
}

const everyCall = (alipay: Parameters<Parameters<typeof withServer>[1]>[0]) => ({
  create: () => alipay.create(trade()),
  query: () => alipay.query(OUT_TRADE_NO),
  close: () => alipay.close(OUT_TRADE_NO),
  refund: () => alipay.refund(refundOrder()),
  queryRefund: () => alipay.queryRefund(refundOrder()),
})

describe('a gateway that can not be trusted', () => {
  it('would have succeeded with the same answers, unspoilt', async () => {
    await withServer(
      (params, response) => response.end(signed(params.get('method') ?? '')),
      async (alipay) => {
        for (const call of Object.values(everyCall(alipay))) expect((await call()).isOk()).toBe(true)
      },
    )
  })

  it.each(Object.entries(FAULTS))('leaves every outcome unknown by %s, and is asked once', async (_, fault) => {
    await withServer(
      (params, response) => fault(params.get('method') ?? '', response),
      async (alipay, asked) => {
        const calls = Object.values(everyCall(alipay))
        for (const call of calls) expect((await call())._unsafeUnwrapErr().code).toBe('GATEWAY_UNAVAILABLE')
        expect(asked).toHaveLength(calls.length)
      },
    )
  })

  it('leaves the outcome unknown by not answering', async () => {
    await withServer(
      () => undefined,
      async (alipay) => expect((await alipay.query(OUT_TRADE_NO))._unsafeUnwrapErr().code).toBe('GATEWAY_UNAVAILABLE'),
      { timeoutMs: 50 },
    )
  })

  it('leaves the outcome unknown by not being there', async () => {
    const alipay = createAlipayGateway(settings(), { clock })._unsafeUnwrap()
    expect((await alipay.query(OUT_TRADE_NO))._unsafeUnwrapErr().code).toBe('GATEWAY_UNAVAILABLE')
    await alipay.stop()
  })

  it('is logged without what was signed, the payer or the gateway’s own words', async () => {
    const logged: unknown[] = []
    const answers = [
      signedAnswer('alipay.trade.query', {
        code: '10000',
        out_trade_no: OUT_TRADE_NO,
        trade_status: 'WAIT_BUYER_PAY',
        buyer_logon_id: '138****1234',
      }),
      signedAnswer('alipay.trade.query', {
        code: '40002',
        sub_code: 'isv.invalid-signature',
        sub_msg: 'biz_content={…}',
      }),
    ]
    const transport: HttpTransport = async () =>
      ok({ status: 200, headers: { trace_id: '0b7f' }, body: Buffer.from(answers.shift() ?? '') })
    const log = (event: string, facts: Readonly<Record<string, unknown>>) => logged.push([event, facts])
    const alipay = createAlipayGateway(settings(), { clock, transport, log })._unsafeUnwrap()
    for (const _ of [1, 2, 3]) await alipay.query(OUT_TRADE_NO)
    await alipay.stop()
    const about = { method: 'alipay.trade.query', outTradeNo: OUT_TRADE_NO, traceId: '0b7f', elapsedMs: 0 }
    expect(logged).toEqual(
      ['ok', 'isv.invalid-signature', 'GATEWAY_UNAVAILABLE: not a JSON object'].map((outcome) => [
        'alipay.call',
        { ...about, outcome },
      ]),
    )
  })
})
