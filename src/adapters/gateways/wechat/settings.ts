import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import { err, ok, Result } from 'neverthrow'
import { parseCertificate, parsePrivateKey, parsePublicKey } from '../pem.ts'
import { certificateSerial, withoutZeros } from './certificates.ts'
import { CERTIFICATE_SERIAL, PUBLIC_KEY_ID } from './signature.ts'

export type WechatSettings = {
  readonly appId: string
  readonly mchId: string
  readonly apiV3Key: string
  /** What is sealed with these is opened as well, while the key is being changed. */
  readonly previousApiV3Keys?: readonly string[]
  /** In any format a key comes in. */
  readonly merchantPrivateKey: string
  /** Only compared with the key and the serial, to find a mix-up at start. */
  readonly merchantCertificate?: string | undefined
  readonly merchantSerialNo: string
  /** 微信支付公钥 and its id, both or neither; without them platform certificates are fetched. */
  readonly publicKey?: string | undefined
  readonly publicKeyId?: string | undefined
  /** Accepted as well, while 微信支付公钥 is being changed. */
  readonly previousPublicKeys?: readonly { readonly publicKey: string; readonly publicKeyId: string }[]
  readonly notifyUrl: string
  readonly refundNotifyUrl: string
  /** An origin, such as `https://api.mch.weixin.qq.com`. */
  readonly baseUrl: string
  readonly timeoutMs: number
}

type NamedKey = { readonly id: string; readonly key: KeyObject }

/** The settings once checked, with keys made once. */
export type WechatMerchant = {
  readonly appId: string
  readonly mchId: string
  /** Any of them opens; the current one first. */
  readonly apiV3Keys: readonly Uint8Array[]
  readonly privateKey: KeyObject
  readonly serialNo: string
  /** Answers are asked to be signed with it. */
  readonly publicKey: NamedKey | undefined
  readonly previousPublicKeys: readonly NamedKey[]
  readonly notifyUrl: string
  readonly refundNotifyUrl: string
  readonly origin: string
  readonly timeoutMs: number
}

/** Lists everything wrong at once; no problem quotes a value. */
export const checkSettings = (settings: WechatSettings): Result<WechatMerchant, readonly string[]> => {
  const privateKey = parsePrivateKey(settings.merchantPrivateKey)
  const publicKey = readPublicKey(settings)
  const previousPublicKeys = Result.combineWithAllErrors((settings.previousPublicKeys ?? []).map(readPreviousKey))
  const origin = readOrigin(settings.baseUrl)
  const problems = [
    ...formProblems(settings),
    ...(privateKey.isErr() ? [`merchantPrivateKey: ${privateKey.error.reason}`] : []),
    ...(privateKey.isOk() ? certificateProblems(settings, privateKey.value) : []),
    ...(publicKey.isErr() ? [publicKey.error] : []),
    ...(previousPublicKeys.isErr() ? previousPublicKeys.error : []),
    ...(origin === undefined ? ['baseUrl: not an http(s) origin'] : []),
  ]
  if (problems.length > 0 || privateKey.isErr() || publicKey.isErr() || previousPublicKeys.isErr() || !origin)
    return err(problems)
  return ok({
    appId: settings.appId,
    mchId: settings.mchId,
    apiV3Keys: [settings.apiV3Key, ...(settings.previousApiV3Keys ?? [])].map((key) => Buffer.from(key)),
    privateKey: privateKey.value,
    serialNo: settings.merchantSerialNo.toUpperCase(),
    publicKey: publicKey.value,
    previousPublicKeys: previousPublicKeys.value,
    notifyUrl: settings.notifyUrl,
    refundNotifyUrl: settings.refundNotifyUrl,
    origin,
    timeoutMs: settings.timeoutMs,
  })
}

/** Names these settings without telling a secret. */
export const fingerprintOf = ({ mchId, appId, serialNo, publicKey }: WechatMerchant): string =>
  createHash('sha256')
    .update(JSON.stringify([mchId, appId, serialNo, publicKey?.id ?? '']))
    .digest('hex')
    .slice(0, 12)

const API_V3_KEY = /^[0-9A-Za-z]{32}$/

const formProblems = (settings: WechatSettings): string[] => [
  ...(/^[0-9A-Za-z_-]{1,32}$/.test(settings.appId) ? [] : ['appId: 1 to 32 letters and digits']),
  ...(/^\d{8,10}$/.test(settings.mchId) ? [] : ['mchId: 8 to 10 digits']),
  ...(API_V3_KEY.test(settings.apiV3Key) ? [] : ['apiV3Key: exactly 32 letters and digits']),
  ...(settings.previousApiV3Keys ?? []).flatMap((key, index) =>
    API_V3_KEY.test(key) ? [] : [`previousApiV3Keys[${index}]: exactly 32 letters and digits`],
  ),
  ...(CERTIFICATE_SERIAL.test(settings.merchantSerialNo.toUpperCase())
    ? []
    : ['merchantSerialNo: up to 40 hex digits']),
  ...(isNotifyUrl(settings.notifyUrl) ? [] : ['notifyUrl: an http(s) address without a query, at most 255 characters']),
  ...(isNotifyUrl(settings.refundNotifyUrl)
    ? []
    : ['refundNotifyUrl: an http(s) address without a query, at most 255 characters']),
  ...(Number.isSafeInteger(settings.timeoutMs) && settings.timeoutMs > 0 ? [] : ['timeoutMs: a positive whole number']),
]

const certificateProblems = (settings: WechatSettings, privateKey: KeyObject): string[] => {
  if (!settings.merchantCertificate) return []
  const certificate = parseCertificate(settings.merchantCertificate)
  if (certificate.isErr()) return [`merchantCertificate: ${certificate.error.reason}`]
  return [
    ...(certificate.value.publicKey.equals(createPublicKey(privateKey))
      ? []
      : ['merchantCertificate: belongs to another private key']),
    ...(certificateSerial(certificate.value) === withoutZeros(settings.merchantSerialNo)
      ? []
      : ['merchantSerialNo: not the serial of merchantCertificate']),
  ]
}

type GivenKey = Pick<WechatSettings, 'publicKey' | 'publicKeyId'>

const readPublicKey = (given: GivenKey): Result<NamedKey | undefined, string> =>
  given.publicKey || given.publicKeyId ? readNamedKey(given) : ok(undefined)

const readPreviousKey = (given: GivenKey, index: number): Result<NamedKey, string> =>
  readNamedKey(given).mapErr((problem) => `previousPublicKeys[${index}]: ${problem}`)

const readNamedKey = ({ publicKey, publicKeyId }: GivenKey): Result<NamedKey, string> => {
  if (!publicKey || !publicKeyId) return err('publicKey, publicKeyId: give both or neither')
  if (!PUBLIC_KEY_ID.test(publicKeyId)) return err('publicKeyId: PUB_KEY_ID_ and digits')
  return parsePublicKey(publicKey)
    .map((key) => ({ id: publicKeyId, key }))
    .mapErr(({ reason }) => `publicKey: ${reason}`)
}

const readOrigin = (text: string): string | undefined => {
  const url = URL.parse(text)
  return url !== null && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/` ? url.origin : undefined
}

/** WeChat Pay refuses or strips a query. */
const isNotifyUrl = (text: string): boolean => {
  const url = URL.parse(text)
  return url !== null && /^https?:$/.test(url.protocol) && text.length <= 255 && !/[?#]/.test(text)
}
