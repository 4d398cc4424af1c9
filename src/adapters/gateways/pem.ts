import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto'
import { err, ok, type Result } from 'neverthrow'

export type KeyUnreadable = { readonly code: 'KEY_UNREADABLE'; readonly reason: string }

const MIN_RSA_BITS = 2048
const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----([\s\S]*?)-----END \1-----/g
const BASE64 = /^[0-9A-Za-z+/]+={0,2}$/

/** An RSA private key from PEM or bare base64, PKCS#8 or PKCS#1, with real or literal `\n` line breaks. */
export const parsePrivateKey = (text: string): Result<KeyObject, KeyUnreadable> =>
  derOf(text, ['PRIVATE KEY', 'RSA PRIVATE KEY']).andThen(privateKeyOf).andThen(longRsaKey)

/** An RSA public key (SPKI or PKCS#1), read as leniently as a private one. */
export const parsePublicKey = (text: string): Result<KeyObject, KeyUnreadable> =>
  derOf(text, ['PUBLIC KEY', 'RSA PUBLIC KEY']).andThen(publicKeyOf).andThen(longRsaKey)

/** The first X.509 certificate of the text, with an RSA key; its validity is for the caller to judge. */
export const parseCertificate = (text: string): Result<X509Certificate, KeyUnreadable> =>
  derOf(text, ['CERTIFICATE']).andThen((der) =>
    firstReadable([() => new X509Certificate(der)]).andThen((certificate) =>
      firstReadable([() => certificate.publicKey])
        .andThen(longRsaKey)
        .map(() => certificate),
    ),
  )

const privateKeyOf = (der: Buffer): Result<KeyObject, KeyUnreadable> =>
  firstReadable([
    () => createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }),
    () => createPrivateKey({ key: der, format: 'der', type: 'pkcs1' }),
  ])

const publicKeyOf = (der: Buffer): Result<KeyObject, KeyUnreadable> => {
  // Node derives the public half from a private PKCS#1 key without a word.
  if (privateKeyOf(der).isOk()) return unreadable('a private key where a public one belongs')
  return firstReadable([
    () => createPublicKey({ key: der, format: 'der', type: 'spki' }),
    () => createPublicKey({ key: der, format: 'der', type: 'pkcs1' }),
  ])
}

/** Newlines carry no meaning inside a block, so settings that lost or escaped them still read. */
const derOf = (text: string, labels: readonly string[]): Result<Buffer, KeyUnreadable> => {
  const lines = text
    .replaceAll('\\r', '')
    .replaceAll('\\n', '\n')
    .replace(/^\uFEFF/, '')
  const blocks = [...lines.matchAll(BLOCK)]
  const block = blocks.find(([, label]) => label !== undefined && labels.includes(label))
  if (block === undefined && lines.includes('-----')) return unreadable(`no PEM block of ${labels.join(' or ')}`)
  const base64 = (block?.[2] ?? lines).replaceAll(/\s/g, '')
  return BASE64.test(base64) ? ok(Buffer.from(base64, 'base64')) : unreadable('neither PEM nor base64')
}

/** The reasons of OpenSSL are dropped: they help nobody here and must never quote a key. */
const firstReadable = <T>(attempts: readonly (() => T)[]): Result<T, KeyUnreadable> => {
  for (const attempt of attempts) {
    try {
      return ok(attempt())
    } catch {
      continue // Not in this format; the next one may fit.
    }
  }
  return unreadable('not in a known key format')
}

const longRsaKey = (key: KeyObject): Result<KeyObject, KeyUnreadable> => {
  if (key.asymmetricKeyType !== 'rsa') return unreadable('not an RSA key')
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0
  return bits >= MIN_RSA_BITS ? ok(key) : unreadable(`RSA key of ${bits} bits, at least ${MIN_RSA_BITS} required`)
}

const unreadable = (reason: string): Result<never, KeyUnreadable> => err({ code: 'KEY_UNREADABLE', reason })
