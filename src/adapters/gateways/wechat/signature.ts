import { type KeyObject, verify } from 'node:crypto'
import { err, ok, type Result } from 'neverthrow'

/** What WeChat Pay signs alike: its answers and its notifications. */
export type SignedMessage = {
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Uint8Array
}

/** The keys WeChat Pay may sign with, by certificate serial or public-key id. */
export type KeyTable = { find(serial: string): KeyObject | undefined }

export type SignatureFault = 'missing' | 'probe' | 'algorithm' | 'stale' | 'unknown_serial' | 'mismatch'

export const CERTIFICATE_SERIAL = /^[0-9A-F]{1,40}$/
export const PUBLIC_KEY_ID = /^PUB_KEY_ID_[0-9A-Za-z]{1,53}$/

const SIGNATURE_TYPE = 'WECHATPAY2-SHA256-RSA2048'
const PROBE_PREFIX = 'WECHATPAY/SIGNTEST/'
const MAX_SKEW_MS = 300_000
const EPOCH_SECONDS = /^\d{1,11}$/
const NONCE = /^[\x21-\x7e]{1,128}$/
const BASE64 = /^[0-9A-Za-z+/]{1,1024}={0,2}$/

/** Proves that the raw bytes are WeChat Pay's and fresh; gives the moment they were signed. */
export const verifySignature = (
  { headers, body }: SignedMessage,
  keys: KeyTable,
  now: Date,
): Result<Date, SignatureFault> => {
  const serial = headers['wechatpay-serial']
  const timestamp = headers['wechatpay-timestamp']
  const nonce = headers['wechatpay-nonce']
  const signature = headers['wechatpay-signature']
  if (!serial || !timestamp || !nonce || !signature) return err('missing')
  if (signature.startsWith(PROBE_PREFIX)) return err('probe') // Sent on purpose, to see whether we check.
  if ((headers['wechatpay-signature-type'] ?? SIGNATURE_TYPE) !== SIGNATURE_TYPE) return err('algorithm')
  if (!EPOCH_SECONDS.test(timestamp)) return err('stale')
  const signedAt = new Date(Number(timestamp) * 1000)
  if (Math.abs(now.getTime() - signedAt.getTime()) > MAX_SKEW_MS) return err('stale')
  const key = keys.find(serial)
  if (key === undefined) return err('unknown_serial')
  if (!NONCE.test(nonce) || !BASE64.test(signature)) return err('mismatch')
  const message = Buffer.concat([Buffer.from(`${timestamp}\n${nonce}\n`), body, Buffer.from('\n')])
  return verify('RSA-SHA256', message, key, Buffer.from(signature, 'base64')) ? ok(signedAt) : err('mismatch')
}
