import { createHash, type KeyObject, sign, X509Certificate } from 'node:crypto'
import { signSha256, verifySha256 } from '../rsa.ts'

export type Params = Readonly<Record<string, string>>

/** `key=value` of every parameter but those left out, by ASCII order of the keys, joined by `&`. */
export const stringToSign = (params: Params, ...without: readonly string[]): string =>
  Object.entries(params)
    .filter(([name]) => !without.includes(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')

/** Whether a merchant's request is signed; it may have signed its empty values or not. */
export const requestHolds = (params: Params, key: KeyObject): boolean => {
  const filled = Object.fromEntries(Object.entries(params).filter(([, value]) => value.trim() !== ''))
  const signature = params['sign'] ?? ''
  return (
    verifySha256(stringToSign(params, 'sign'), signature, key) ||
    verifySha256(stringToSign(filled, 'sign'), signature, key)
  )
}

const utf8 = (text: string): Buffer => Buffer.from(text)

/** Notifications and browser returns: signed without `sign` and `sign_type`. */
export const signV1 = (params: Params, key: KeyObject, encode = utf8): string =>
  signSha256(encode(stringToSign(params, 'sign', 'sign_type')), key)

/** The legacy SHA-1 signature that nobody should accept any more. */
export const signLegacy = (params: Params, key: KeyObject): string =>
  sign('RSA-SHA1', Buffer.from(stringToSign(params, 'sign', 'sign_type')), key).toString('base64')

/** The answer to one method: the signature covers the text of the inner object as it stands there. */
export const envelope = (
  responseKey: string,
  response: Readonly<Record<string, unknown>>,
  signature: { readonly key: KeyObject; readonly certSn: string | undefined } | undefined,
): string => {
  // Slashes can only stand inside strings, where Alipay escapes them.
  const text = JSON.stringify(inAlipayOrder(response)).replaceAll('/', '\\/')
  if (signature === undefined) return `{"${responseKey}":${text}}`
  const certSn = signature.certSn === undefined ? '' : `"alipay_cert_sn":"${signature.certSn}",`
  return `{"${responseKey}":${text},${certSn}"sign":"${signSha256(text, signature.key)}"}`
}

const FIRST = ['code', 'msg', 'sub_code', 'sub_msg']

const inAlipayOrder = (response: Readonly<Record<string, unknown>>): Record<string, unknown> => {
  const rank = (name: string): string => `${FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length}${name}`
  return Object.fromEntries(Object.entries(response).sort(([a], [b]) => (rank(a) < rank(b) ? -1 : 1)))
}

/** Alipay's own serial number of a certificate: over the issuer in RFC 2253 order and the decimal X.509 serial. */
export const certificateSn = (pem: string): string => {
  const certificate = new X509Certificate(pem)
  const issuer = certificate.issuer.split('\n').toReversed().join(',')
  return createHash('md5')
    .update(`${issuer}${BigInt(`0x${certificate.serialNumber}`)}`)
    .digest('hex')
}
