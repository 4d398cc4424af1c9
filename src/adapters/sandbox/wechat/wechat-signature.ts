import { createCipheriv, type KeyObject } from 'node:crypto'
import { randomHex, randomText } from '../random.ts'
import { signSha256 } from '../rsa.ts'

const SCHEME = 'WECHATPAY2-SHA256-RSA2048'

/** What a merchant signs: five lines, each ended by a line feed, the last too. */
export const requestMessage = (
  method: string,
  target: string,
  timestamp: string,
  nonce: string,
  body: Buffer,
): Buffer => Buffer.concat([Buffer.from(`${method}\n${target}\n${timestamp}\n${nonce}\n`), body, LINE_FEED])

/** What WeChat Pay signs, in an answer as in a callback. */
export const answerMessage = (timestamp: string, nonce: string, body: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`${timestamp}\n${nonce}\n`), body, LINE_FEED])

const LINE_FEED = Buffer.from('\n')

export type Signer = { readonly serial: string; readonly key: KeyObject }

/** The five headers that make a body WeChat Pay's. */
export const signedHeaders = (body: Buffer, at: Date, signer: Signer): Record<string, string> => {
  const timestamp = String(Math.floor(at.getTime() / 1000))
  const nonce = randomHex(32)
  return {
    'Wechatpay-Nonce': nonce,
    'Wechatpay-Signature': signSha256(answerMessage(timestamp, nonce, body), signer.key),
    'Wechatpay-Timestamp': timestamp,
    'Wechatpay-Serial': signer.serial,
    'Wechatpay-Signature-Type': SCHEME,
  }
}

export type Authorization = {
  readonly mchId: string
  readonly nonce: string
  readonly timestamp: string
  readonly serialNo: string
  readonly signature: string
}

/** Reads the Authorization header; its five items come in any order, each once. */
export const parseAuthorization = (text: string): Authorization | undefined => {
  if (!text.startsWith(`${SCHEME} `)) return undefined
  const items = new Map<string, string>()
  for (const item of text.slice(SCHEME.length + 1).split(',')) {
    const [, name, value] = ITEM.exec(item.trim()) ?? []
    if (name === undefined || value === undefined || items.has(name)) return undefined
    items.set(name, value)
  }
  const mchId = items.get('mchid')
  const nonce = items.get('nonce_str')
  const timestamp = items.get('timestamp')
  const serialNo = items.get('serial_no')
  const signature = items.get('signature')
  if (mchId === undefined || nonce === undefined || timestamp === undefined) return undefined
  if (serialNo === undefined || signature === undefined || items.size !== 5) return undefined
  if (!/^\d{10}$/.test(timestamp) || nonce.length === 0 || nonce.length > 32) return undefined
  return { mchId, nonce, timestamp, serialNo, signature }
}

const ITEM = /^([a-z_]+)="([^"]*)"$/

export type Sealed = {
  readonly algorithm: 'AEAD_AES_256_GCM'
  readonly nonce: string
  readonly associated_data: string
  readonly ciphertext: string
}

/** Encrypts with the APIv3 key; the tag follows the ciphertext. */
export const seal = (plaintext: string, associatedData: string, apiV3Key: string): Sealed => {
  const nonce = randomText(12)
  const cipher = createCipheriv('aes-256-gcm', apiV3Key, nonce)
  cipher.setAAD(Buffer.from(associatedData))
  const ciphertext = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()])
  return {
    algorithm: 'AEAD_AES_256_GCM',
    nonce,
    associated_data: associatedData,
    ciphertext: ciphertext.toString('base64'),
  }
}
