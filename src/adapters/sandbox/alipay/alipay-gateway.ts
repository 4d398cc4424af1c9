import type { KeyObject } from 'node:crypto'
import type { AlipayFault, Faults } from '../faults.ts'
import { answer, badGatewayPage, type Outcome, type Received, type Reply } from '../http-exchange.ts'
import { randomHex } from '../random.ts'
import { apiMethods, createOrder, type Method, type MethodParts, pageMethods } from './alipay-methods.ts'
import { type AlipayRefusal, callLimited, refusalJson, unknownError } from './alipay-refusal.ts'
import { readCall, type RequestChecker, type VerifiedCall } from './alipay-request.ts'
import { envelope } from './alipay-signature.ts'
import { encodeGbk } from './gbk.ts'

type Parts = MethodParts & {
  readonly origin: string
  readonly key: KeyObject
  readonly check: RequestChecker
  readonly faults: Faults<AlipayFault>
  readonly now: () => Date
}

type FaultKind = AlipayFault['kind'] | undefined

/** `gateway.do`: every answer is HTTP 200, a refusal too. */
export const alipayGateway =
  (parts: Parts) =>
  (received: Received): Outcome => {
    const raw = readCall(received)
    const name = raw.params['method'] ?? ''
    const call = parts.check(raw, [...Object.keys(apiMethods), ...Object.keys(pageMethods)], parts.now())
    const channel = pageMethods[name]
    if (channel !== undefined) {
      const order = call.andThen((verified) => createOrder(parts, channel, verified))
      return answer(order.isErr() ? errorPage(order.error) : toCashier(parts.origin, order.value.code))
    }
    const method = apiMethods[name]
    if (method === undefined || call.isErr()) {
      const refusal = call.isErr() ? call.error : unknownError
      const key = method === undefined ? 'error_response' : responseKey(name)
      return answer(reply(parts, key, refusalJson(refusal), refusal.unsigned === true ? 'unsigned' : undefined))
    }
    return served(parts, method, call.value)
  }

const served = (parts: Parts, method: Method, call: VerifiedCall): Outcome => {
  const outTradeNo = tradeOf(parts, call)
  const fault = parts.faults.takeWire(method.operation, outTradeNo)?.kind
  const say = (refusal: AlipayRefusal): Reply => reply(parts, responseKey(call.method), refusalJson(refusal), undefined)
  if (fault === 'cut_before') return { ending: 'cut' }
  if (fault === 'error_500_before') return answer(say(unknownError))
  if (fault === 'rate_limited') return answer(say(callLimited))
  if (fault === 'html_502') return answer(badGatewayPage())
  const result = method.run(parts, call)
  if (fault === 'hang') return { ending: 'hang' }
  if (fault === 'cut_after') return { ending: 'cut' }
  const delayMs = parts.faults.takeDelayMs(method.operation, outTradeNo)
  const before = result.isOk() ? result.value.before : undefined
  const json = result.isOk() ? result.value.json : refusalJson(result.error)
  return {
    ending: 'answer',
    reply: fault === 'error_500_after' ? say(unknownError) : reply(parts, responseKey(call.method), json, fault),
    ...(delayMs === undefined ? {} : { delayMs }),
    ...(before === undefined ? {} : { after: before }),
  }
}

const tradeOf = ({ desk }: Parts, { bizContent }: VerifiedCall): string | undefined => {
  const { out_trade_no: outTradeNo, trade_no: tradeNo } = bizContent
  if (typeof tradeNo === 'string') return desk.look({ trade_no: tradeNo })?.outTradeNo
  return typeof outTradeNo === 'string' ? outTradeNo : undefined
}

const responseKey = (method: string): string => `${method.replaceAll('.', '_')}_response`

const reply = (
  { key, keys }: Parts,
  name: string,
  json: Readonly<Record<string, unknown>>,
  fault: FaultKind,
): Reply => {
  const certSn = keys.certificates?.alipaySn
  const whole = envelope(name, json, fault === 'unsigned' ? undefined : { key, certSn })
  const text = fault === 'bad_signature' ? withOtherSignature(whole) : whole
  const body = Buffer.from(text)
  return {
    status: 200,
    // JSON all the same.
    headers: { 'Content-Type': 'text/html;charset=utf-8', trace_id: randomHex(30) },
    body: fault === 'truncated' ? body.subarray(0, Math.floor(body.length / 2)) : body,
  }
}

const withOtherSignature = (text: string): string =>
  text.replace(/"sign":"(.)/, (_, first: string) => `"sign":"${first === 'A' ? 'B' : 'A'}`)

const toCashier = (origin: string, code: string): Reply => ({
  status: 302,
  headers: { Location: `${origin}/sandbox/pay?code=${encodeURIComponent(code)}` },
  body: Buffer.alloc(0),
})

/** The buyer sees it, never the merchant's server; in GBK, as the genuine one. */
const errorPage = ({ subCode, subMsg }: AlipayRefusal): Reply => ({
  status: 200,
  headers: { 'Content-Type': 'text/html;charset=GBK', 'Content-Security-Policy': "default-src 'none'" },
  body: encodeGbk(
    `<!doctype html><title>支付宝</title><h1>抱歉，支付遇到问题</h1><p>${escapeHtml(subCode)}</p><p>${escapeHtml(subMsg)}</p>`,
  ),
})

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
