import { generateKeyPair, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto'
import { promisify } from 'node:util'

export type PemKeyPair = { readonly privateKey: string; readonly publicKey: string }

const rsa = {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
} as const

/** A new RSA-2048 pair, made off the main thread. */
export const makeKeyPair: () => Promise<PemKeyPair> = () => promisify(generateKeyPair)('rsa', rsa)

/** A new RSA-2048 pair, at once. */
export const makeKeyPairSync = (): PemKeyPair => generateKeyPairSync('rsa', rsa)

/** RSASSA-PKCS1-v1_5 with SHA-256, in base64: what both gateways sign with. */
export const signSha256 = (message: string | Buffer, key: KeyObject): string =>
  sign('RSA-SHA256', bytes(message), key).toString('base64')

/** Whether `signature` is strict base64 and holds. */
export const verifySha256 = (message: string | Buffer, signature: string, key: KeyObject): boolean =>
  BASE64.test(signature) && verify('RSA-SHA256', bytes(message), key, Buffer.from(signature, 'base64'))

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

const bytes = (message: string | Buffer): Buffer => (typeof message === 'string' ? Buffer.from(message) : message)
