import { createPublicKey, type KeyObject } from 'node:crypto'
import { err, ok, type Result } from 'neverthrow'
import { parseJson } from '../canonical-json.ts'
import { parseBeijingTime } from '../gateway-time.ts'
import { header, type Received } from '../http-exchange.ts'
import type { AlipayCertificates, AlipayKeys } from './alipay-keys.ts'
import { type AlipayRefusal, refused } from './alipay-refusal.ts'
import { type Params, requestHolds, stringToSign } from './alipay-signature.ts'

/** The parameters of one call, as they came: query and form together. */
export type RawCall = { readonly params: Params; readonly repeated: string | undefined }

/** A call that is signed by the merchant and holds JSON. */
export type VerifiedCall = {
  readonly method: string
  readonly notifyUrl: string | undefined
  readonly returnUrl: string | undefined
  readonly bizContent: Readonly<Record<string, unknown>>
}

const CLOCK_SKEW_MS = 15 * 60_000
const ATTACK = /(?:out_trade_no|trade_no|total_fee|total_amount|trade_status|notify_url)\s*=/

export const readCall = ({ method, query, headers, body }: Received): RawCall => {
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(header(headers, 'content-type') ?? '')
  return collect(query, method === 'POST' && isForm ? new URLSearchParams(body.toString('utf8')) : [])
}

/** The same for the order string an app hands to the Alipay app. */
export const readOrderString = (text: string): RawCall => collect(new URLSearchParams(text))

const collect = (...sources: readonly Iterable<readonly [string, string]>[]): RawCall => {
  const params = new Map<string, string>()
  let repeated: string | undefined
  for (const source of sources)
    for (const [name, value] of source) {
      if (params.has(name)) repeated ??= name
      else params.set(name, value)
    }
  return { params: Object.fromEntries(params), repeated }
}

export type RequestChecker = (
  call: RawCall,
  methods: readonly string[],
  now: Date,
) => Result<VerifiedCall, AlipayRefusal>

/** Checks a call as the gateway does: first the application, then the form, then the signature. */
export const requestChecker = (keys: AlipayKeys): RequestChecker => {
  const merchantKey = createPublicKey(keys.app.publicKey)
  return (call, methods, now) => {
    const refusal =
      strangeApplication(call, keys) ??
      malformed(call, methods, now) ??
      wrongCertificates(call, keys.certificates) ??
      badSignature(call, merchantKey)
    return refusal === undefined ? content(call.params) : err(refusal)
  }
}

const strangeApplication = ({ params }: RawCall, keys: AlipayKeys): AlipayRefusal | undefined => {
  if (params['app_id'] === undefined) return { ...missing('app-id', '缺少AppID参数'), unsigned: true }
  return params['app_id'] === keys.appId ? undefined : { ...invalid('app-id', '无效的AppID参数'), unsigned: true }
}

const malformed = ({ params, repeated }: RawCall, methods: readonly string[], now: Date): AlipayRefusal | undefined => {
  if (params['method'] === undefined) return missing('method', '缺少方法名参数')
  if (!methods.includes(params['method'])) return invalid('method', '不存在的方法名')
  if (repeated !== undefined) return invalid('parameter', `参数重复：${repeated}`)
  if (params['version'] === undefined) return missing('version', '缺少版本参数')
  if (params['version'] !== '1.0') return invalid('parameter', '版本参数有误')
  if ((params['charset'] ?? '').toLowerCase() !== 'utf-8') return invalid('charset', '编码参数有误，沙箱仅支持utf-8')
  if ((params['format'] ?? 'JSON').toUpperCase() !== 'JSON') return invalid('format', '无效的数据格式')
  if (params['timestamp'] === undefined) return missing('timestamp', '缺少时间戳参数')
  const sentAt = parseBeijingTime(params['timestamp'])
  if (sentAt === undefined || Math.abs(sentAt - now.getTime()) > CLOCK_SKEW_MS)
    return invalid('timestamp', '非法的时间戳参数')
  if (params['sign_type'] === undefined) return missing('signature-type', '缺少签名类型参数')
  if (params['sign_type'] !== 'RSA2') return invalid('signature-type', '无效的签名类型')
  return params['sign'] === undefined ? missing('signature', '缺少签名参数') : undefined
}

const wrongCertificates = (
  { params }: RawCall,
  certificates: AlipayCertificates | undefined,
): AlipayRefusal | undefined => {
  if (certificates === undefined) return undefined
  if (params['app_cert_sn'] === undefined) return refused('40002', 'isv.missing-app-cert-sn', '应用公钥证书SN缺失')
  if (params['app_cert_sn'] !== certificates.appSn) return invalid('app-cert-sn', '应用公钥证书SN有误')
  return params['alipay_root_cert_sn'] === certificates.rootSn
    ? undefined
    : invalid('alipay-root-cert-sn', '支付宝根证书SN有误')
}

const badSignature = ({ params }: RawCall, key: KeyObject): AlipayRefusal | undefined => {
  if (requestHolds(params, key)) return undefined
  const built = stringToSign(params, 'sign').replaceAll('&', '&amp;')
  return invalid(
    'signature',
    `验签出错，建议检查签名字符串或签名私钥与应用公钥是否匹配，网关生成的验签字符串为：${built}`,
  )
}

const content = (params: Params): Result<VerifiedCall, AlipayRefusal> => {
  const bizContent = parseJson(params['biz_content'] ?? '')
  if (typeof bizContent !== 'object' || bizContent === null || Array.isArray(bizContent))
    return err(refused('40002', 'isv.illegal-json', 'biz_content不是合法的JSON对象'))
  const members: Readonly<Record<string, unknown>> = { ...bizContent }
  if (['subject', 'body', 'refund_reason'].some((name) => looksLikeParameters(members[name])))
    return err(refused('40002', 'isv.suspected-attack', '疑似攻击请求'))
  return ok({
    method: params['method'] ?? '',
    notifyUrl: filled(params['notify_url']),
    returnUrl: filled(params['return_url']),
    bizContent: members,
  })
}

const looksLikeParameters = (value: unknown): boolean => typeof value === 'string' && ATTACK.test(value)

const filled = (text: string | undefined): string | undefined => (text === '' ? undefined : text)

const missing = (what: string, message: string): AlipayRefusal => refused('40001', `isv.missing-${what}`, message)
const invalid = (what: string, message: string): AlipayRefusal => refused('40002', `isv.invalid-${what}`, message)
