import { createHash, createPublicKey, type KeyObject, type X509Certificate } from 'node:crypto'
import { err, ok, type Result } from 'neverthrow'
import { parseCertificate, parsePrivateKey, parsePublicKey } from '../pem.ts'
import { certificateSerial, rootCertificateSerial } from './certificate-serial.ts'

export type AlipaySettings = {
  readonly appId: string
  readonly privateKey: string
  /** Key mode: Alipay's own key, never the application's. */
  readonly alipayPublicKey?: string
  /** Certificate mode: the three files of the console. */
  readonly certificates?: { readonly app: string; readonly alipay: string; readonly root: string }
  /** Accepted as well, while Alipay's key is being changed. */
  readonly previousAlipayPublicKeys?: readonly string[]
  /** The same in certificate mode. */
  readonly previousAlipayCertificates?: readonly string[]
  readonly sellerId?: string
  /** Of the signed QR product; 当面付 unless told otherwise. */
  readonly productCode?: string
  readonly gatewayUrl: string
  readonly notifyUrl: string
  readonly returnUrl?: string
  /** For one call of the gateway. */
  readonly timeoutMs: number
}

export type AlipaySettingsError = { readonly code: 'GATEWAY_SETTINGS_INVALID'; readonly problems: readonly string[] }

/** The keys of the settings, read once. */
export type AlipayCredentials = {
  readonly privateKey: KeyObject
  /** Whose signatures count; the current key first. */
  readonly alipayKeys: readonly KeyObject[]
  /** In certificate mode. */
  readonly serials: CertificateSerials | undefined
  /** The certificates Alipay may name in an answer; any in key mode. */
  readonly alipayCertSerials: readonly string[] | undefined
  /** Names these keys without telling them. */
  readonly version: string
}

type CertificateSerials = { readonly app: string; readonly root: string }

/** Checks the settings as a whole; each problem names its setting and quotes no secret. */
export const readSettings = (settings: AlipaySettings): Result<AlipayCredentials, AlipaySettingsError> => {
  const problems = plainProblems(settings)
  const noted: Noted = (name, result) => {
    if (result.isErr()) problems.push(`${name}: ${result.error.reason}`)
    return result.unwrapOr(undefined)
  }
  const privateKey = noted('privateKey', parsePrivateKey(settings.privateKey))
  const trust =
    settings.certificates === undefined ? keyTrust(settings, noted) : certificateTrust(settings.certificates, noted)
  const previous = (settings.previousAlipayPublicKeys ?? []).map((key, index) =>
    noted(`previousAlipayPublicKeys[${index}]`, parsePublicKey(key)),
  )
  const replaced = (settings.previousAlipayCertificates ?? []).map((text, index) =>
    noted(`previousAlipayCertificates[${index}]`, parseCertificate(text)),
  )
  const certificates = [trust.alipayCertificate, ...replaced].filter((one) => one !== undefined)
  const alipayKeys = [trust.alipayKey, ...previous, ...certificates.slice(1).map(({ publicKey }) => publicKey)].filter(
    (key) => key !== undefined,
  )
  if (privateKey !== undefined) problems.push(...keyMixUps(privateKey, alipayKeys, trust.appKey))
  if (privateKey === undefined || problems.length > 0) return err({ code: 'GATEWAY_SETTINGS_INVALID', problems })
  return ok({
    privateKey,
    alipayKeys,
    serials: trust.serials,
    alipayCertSerials: trust.serials && certificates.map(certificateSerial),
    version: versionOf(settings.appId, [privateKey, ...alipayKeys]),
  })
}

type Noted = <T>(name: string, result: Result<T, { readonly reason: string }>) => T | undefined

type Trust = {
  readonly alipayKey: KeyObject | undefined
  readonly alipayCertificate: X509Certificate | undefined
  readonly appKey: KeyObject | undefined
  readonly serials: CertificateSerials | undefined
}

const keyTrust = ({ alipayPublicKey }: AlipaySettings, noted: Noted): Trust => ({
  alipayKey: noted(
    'alipayPublicKey',
    alipayPublicKey === undefined
      ? err({ reason: 'missing, and no certificates either' })
      : parsePublicKey(alipayPublicKey),
  ),
  alipayCertificate: undefined,
  appKey: undefined,
  serials: undefined,
})

const certificateTrust = (files: NonNullable<AlipaySettings['certificates']>, noted: Noted): Trust => {
  const app = noted('certificates.app', parseCertificate(files.app))
  const alipay = noted('certificates.alipay', parseCertificate(files.alipay))
  const root = noted('certificates.root', rootCertificateSerial(files.root))
  const keys = { alipayKey: alipay?.publicKey, alipayCertificate: alipay, appKey: app?.publicKey }
  if (app === undefined || root === undefined) return { ...keys, serials: undefined }
  return { ...keys, serials: { app: certificateSerial(app), root } }
}

/** The usual mistakes with four keys that look alike; each would make every answer fail, one order too late. */
const keyMixUps = (
  privateKey: KeyObject,
  alipayKeys: readonly KeyObject[],
  appKey: KeyObject | undefined,
): readonly string[] => {
  const ownPublicKey = createPublicKey(privateKey)
  const problems: string[] = []
  if (alipayKeys.some((key) => key.equals(ownPublicKey)))
    problems.push("alipayPublicKey: this is the application's own public key; Alipay's is shown beside it")
  if (appKey !== undefined && !appKey.equals(ownPublicKey))
    problems.push('certificates.app: does not belong to privateKey')
  return problems
}

const plainProblems = (settings: AlipaySettings): string[] => {
  const { appId, sellerId, productCode, gatewayUrl, notifyUrl, returnUrl, timeoutMs } = settings
  const problems: string[] = []
  const expect = (holds: boolean, problem: string) => holds || problems.push(problem)
  expect(/^\d{16,32}$/.test(appId), 'appId: at least 16 digits expected')
  expect(sellerId === undefined || /^2088\d{12}$/.test(sellerId), 'sellerId: 16 digits starting with 2088 expected')
  expect(productCode === undefined || /^[A-Z0-9_]{1,64}$/.test(productCode), 'productCode: not a product code')
  expect(isHttpUrl(gatewayUrl), 'gatewayUrl: not an http or https address')
  expect(isHttpUrl(notifyUrl), 'notifyUrl: not an http or https address of at most 256 characters')
  expect(
    returnUrl === undefined || isHttpUrl(returnUrl),
    'returnUrl: not an http or https address of at most 256 characters',
  )
  expect(Number.isSafeInteger(timeoutMs) && timeoutMs > 0, 'timeoutMs: a whole number of milliseconds expected')
  expect(
    settings.certificates !== undefined || (settings.previousAlipayCertificates ?? []).length === 0,
    'previousAlipayCertificates: only with certificates',
  )
  expect(
    settings.alipayPublicKey === undefined || settings.certificates === undefined,
    'alipayPublicKey: an application has either this or certificates',
  )
  return problems
}

const MAX_URL_LENGTH = 256

const isHttpUrl = (text: string): boolean =>
  text.length <= MAX_URL_LENGTH && ['http:', 'https:'].includes(URL.parse(text)?.protocol ?? '')

const versionOf = (appId: string, keys: readonly KeyObject[]): string => {
  const hash = createHash('sha256').update(appId)
  for (const key of keys)
    hash.update((key.type === 'private' ? createPublicKey(key) : key).export({ type: 'spki', format: 'der' }))
  return `alipay-${hash.digest('hex').slice(0, 12)}`
}
