import { err, ok, type Result } from 'neverthrow'
import type { z } from 'zod'
import type { ApiOperation } from '../faults.ts'
import { rfc3339Time } from '../gateway-time.ts'
import type { WechatBills } from './wechat-bills.ts'
import type { WechatDesk } from './wechat-desk.ts'
import type { WechatKeyring } from './wechat-keyring.ts'
import type { WechatKeys } from './wechat-keys.ts'
import type { WechatLedger } from './wechat-ledger.ts'
import { refundJson } from './wechat-refund.ts'
import { notFound, orderNotExist, refusal, type WechatRefusal } from './wechat-refusal.ts'
import { closeSchema, paramError, type PrepayType, prepaySchemas, refundSchema } from './wechat-requests.ts'
import { seal } from './wechat-signature.ts'
import { type Trade, tradeJson } from './wechat-trade.ts'

export type Call = {
  readonly query: URLSearchParams
  /** The parsed body, `undefined` where it is not JSON. */
  readonly body: unknown
  readonly answerKey: 'certificate' | 'public_key'
}

export type Done = {
  /** `undefined` is a 204. */
  readonly json: Readonly<Record<string, unknown>> | undefined
  readonly before?: Promise<void>
}

export type Route = {
  readonly operation: ApiOperation
  readonly outTradeNo: string | undefined
  run(call: Call): Result<Done, WechatRefusal>
}

export type RouteParts = {
  readonly origin: string
  readonly keys: WechatKeys
  readonly keyring: WechatKeyring
  readonly ledger: WechatLedger
  readonly desk: WechatDesk
  readonly bills: WechatBills
}

const PREPAY = /^\/v3\/pay\/transactions\/(native|jsapi|app|h5)$/
const BY_NUMBER = /^\/v3\/pay\/transactions\/out-trade-no\/([^/]+)$/
const BY_ID = /^\/v3\/pay\/transactions\/id\/([^/]+)$/
const CLOSE = /^\/v3\/pay\/transactions\/out-trade-no\/([^/]+)\/close$/
const REFUND = /^\/v3\/refund\/domestic\/refunds$/
const REFUND_QUERY = /^\/v3\/refund\/domestic\/refunds\/([^/]+)$/
const BILL = /^\/v3\/bill\/(tradebill|fundflowbill)$/
const CERTIFICATES = /^\/v3\/certificates$/

/** Which operation a request means; `undefined` is an unknown address. */
export const wechatRoute = (parts: RouteParts, method: string, path: string, body: unknown): Route | undefined => {
  const matches = (wanted: string, pattern: RegExp): readonly string[] | undefined =>
    method === wanted ? pattern.exec(path)?.slice(1).map(decoded) : undefined
  const prepay = matches('POST', PREPAY)
  if (prepay !== undefined) return prepayRoute(parts, prepay[0], textMember(body, 'out_trade_no'))
  const closing = matches('POST', CLOSE)
  if (closing !== undefined) return closeRoute(parts, closing[0] ?? '')
  const byNumber = matches('GET', BY_NUMBER)
  if (byNumber !== undefined) return queryRoute(parts, parts.ledger.trade(byNumber[0] ?? ''), byNumber[0])
  const byId = matches('GET', BY_ID)
  if (byId !== undefined) return queryRoute(parts, parts.ledger.paidTrade(byId[0] ?? ''), undefined)
  if (matches('POST', REFUND) !== undefined) return refundRoute(parts, body)
  const refundQuery = matches('GET', REFUND_QUERY)
  if (refundQuery !== undefined) return refundQueryRoute(parts, refundQuery[0] ?? '')
  const bill = matches('GET', BILL)
  if (bill !== undefined) return billRoute(parts, bill[0])
  return matches('GET', CERTIFICATES) === undefined ? undefined : certificatesRoute(parts)
}

const prepayRoute = (parts: RouteParts, name: string | undefined, outTradeNo: string | undefined): Route => ({
  operation: 'create',
  outTradeNo,
  run: ({ body, answerKey }) => {
    const type = prepayType(name)
    return parsed(prepaySchemas[type], body).andThen((request) => {
      const stranger = foreign(parts, request.mchid) ?? unbound(parts, request.appid)
      if (stranger !== undefined) return err(stranger)
      return parts.desk
        .prepay(type, request, answerKey)
        .map(({ code }) => ({ json: prepayJson(type, code, parts.origin) }))
    })
  },
})

const prepayType = (name: string | undefined): PrepayType =>
  name === 'native' || name === 'jsapi' || name === 'app' ? name : 'h5'

const prepayJson = (type: PrepayType, code: string, origin: string): Record<string, unknown> => {
  switch (type) {
    case 'native':
      return { code_url: code }
    case 'jsapi':
    case 'app':
      return { prepay_id: code }
    case 'h5':
      return { h5_url: `${origin}/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=${code}&package=${code.slice(-10)}` }
  }
}

const queryRoute = (parts: RouteParts, trade: Trade | undefined, asked: string | undefined): Route => ({
  operation: 'query',
  outTradeNo: asked ?? trade?.outTradeNo,
  run: ({ query }) => {
    const stranger = foreign(parts, query.get('mchid') ?? '')
    if (stranger !== undefined) return err(stranger)
    return trade === undefined ? err(orderNotExist) : ok({ json: tradeJson(trade, parts.keys.mchId) })
  },
})

const closeRoute = (parts: RouteParts, outTradeNo: string): Route => ({
  operation: 'close',
  outTradeNo,
  run: ({ body }) =>
    parsed(closeSchema, body).andThen(({ mchid }) => {
      const stranger = foreign(parts, mchid)
      return stranger === undefined ? parts.desk.close(outTradeNo).map(() => ({ json: undefined })) : err(stranger)
    }),
})

const refundRoute = (parts: RouteParts, body: unknown): Route => ({
  operation: 'refund',
  outTradeNo:
    textMember(body, 'out_trade_no') ?? parts.ledger.paidTrade(textMember(body, 'transaction_id') ?? '')?.outTradeNo,
  run: () =>
    parsed(refundSchema, body)
      .andThen((request) => parts.desk.refund(request))
      .map(({ refund, before }) => ({ json: refundJson(refund), ...(before === undefined ? {} : { before }) })),
})

const refundQueryRoute = (parts: RouteParts, outRefundNo: string): Route => {
  const refund = parts.ledger.refund(outRefundNo)
  return {
    operation: 'refund_query',
    outTradeNo: refund?.outTradeNo,
    run: () => (refund === undefined ? err(notFound) : ok({ json: refundJson(refund) })),
  }
}

const billRoute = ({ bills }: RouteParts, name: string | undefined): Route => ({
  operation: 'bill',
  outTradeNo: undefined,
  run: ({ query }) => (name === 'tradebill' ? bills.trade(query) : bills.fundFlow(query)).map((json) => ({ json })),
})

const certificatesRoute = ({ keyring, keys }: RouteParts): Route => ({
  operation: 'certificates',
  outTradeNo: undefined,
  run: ({ query }) => {
    const type = query.get('algorithm_type') ?? 'RSA'
    if (!['RSA', 'SM2', 'ALL'].includes(type)) return err(refusal(400, 'PARAM_ERROR', '参数错误'))
    const listed = type === 'SM2' ? [] : keyring.listed()
    if (listed.length === 0)
      return err(refusal(404, 'RESOURCE_NOT_EXISTS', '无可用的平台证书，请在商户平台-API安全申请使用微信支付公钥'))
    const data = listed.map(({ serialNo, effectiveAt, expiresAt, certificate }) => ({
      serial_no: serialNo,
      effective_time: rfc3339Time(new Date(effectiveAt)),
      expire_time: rfc3339Time(new Date(expiresAt)),
      encrypt_certificate: seal(certificate, 'certificate', keys.apiV3Key),
    }))
    return ok({ json: { data } })
  },
})

const parsed = <T>(schema: z.ZodType<T>, body: unknown): Result<T, WechatRefusal> => {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    return err(refusal(400, 'PARAM_ERROR', '请求体不是合法的JSON对象'))
  const result = schema.safeParse(body)
  return result.success ? ok(result.data) : err(paramError(result.error))
}

const foreign = ({ keys }: RouteParts, mchId: string): WechatRefusal | undefined => {
  const detail = { field: 'mchid', value: mchId, issue: 'mchid is not the signer', location: 'body' }
  return mchId === keys.mchId ? undefined : refusal(400, 'PARAM_ERROR', '商户号与签名的商户不一致', 268447843, detail)
}

const unbound = ({ keys }: RouteParts, appId: string): WechatRefusal | undefined =>
  appId === keys.appId ? undefined : refusal(400, 'APPID_MCHID_NOT_MATCH', 'appid和mch_id不匹配', 268445527)

const textMember = (body: unknown, name: string): string | undefined => {
  const value: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined
  return typeof value === 'string' ? value : undefined
}

const decoded = (segment: string): string => {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment // A lone percent sign: no number contains one, so nothing is found under it.
  }
}
