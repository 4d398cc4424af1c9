import { randomUUID } from 'node:crypto'
import type { CallbackMessage } from '../send-callback.ts'
import { randomText } from '../random.ts'
import type { SigningKey, WechatKeyring } from './wechat-keyring.ts'
import { seal, signedHeaders } from './wechat-signature.ts'

/** What one callback tells, the same in all its attempts. */
export type WechatContent = {
  readonly id: string
  readonly createTime: string
  readonly eventType: string
  readonly summary: string
  readonly originalType: string
  readonly resource: Readonly<Record<string, unknown>>
  readonly signWith: 'certificate' | 'public_key'
}

/** Ways in which a callback is not quite what it should be; every other part of it stays genuine. */
export type WechatDamage = {
  readonly timestampOffsetSeconds?: number
  readonly signWith?: SigningKey
  /** Another Wechatpay-Serial than that of the key which signs. */
  readonly serial?: string
  /** A deliberately wrong signature, as WeChat Pay sends to see whether anybody checks. */
  readonly probe?: boolean
  readonly badTag?: boolean
  readonly wrongApiKey?: boolean
  /** Tells another `associated_data` than the one it was sealed with. */
  readonly aadMismatch?: boolean
  readonly whitespace?: boolean
  readonly escapedSlashes?: boolean
  /** Changes the body after it was signed. */
  readonly bodySuffix?: string
}

export const newNotificationId = (): string => randomUUID()

/** Seals and signs one attempt of a callback, afresh each time. */
export const signedNotification = (
  content: WechatContent,
  keyring: WechatKeyring,
  apiV3Key: string,
  at: Date,
  damage: WechatDamage = {},
): CallbackMessage => {
  const body = Buffer.from(bodyText(content, apiV3Key, damage))
  const signer = keyring.signer(damage.signWith ?? content.signWith)
  const signedAt = new Date(at.getTime() + (damage.timestampOffsetSeconds ?? 0) * 1000)
  const headers = signedHeaders(body, signedAt, signer)
  const signature = headers['Wechatpay-Signature'] ?? ''
  return {
    headers: {
      'User-Agent': 'Mozilla/4.0',
      Accept: '*/*',
      'Content-Type': 'application/json',
      ...headers,
      ...(damage.serial === undefined ? {} : { 'Wechatpay-Serial': damage.serial }),
      ...(damage.probe === true ? { 'Wechatpay-Signature': probe(signature) } : {}),
    },
    body: damage.bodySuffix === undefined ? body : Buffer.concat([body, Buffer.from(damage.bodySuffix)]),
  }
}

/** The prefix by which WeChat Pay's own wrong signatures can be told. */
export const probe = (signature: string): string => `WECHATPAY/SIGNTEST/${signature}`

const bodyText = (content: WechatContent, apiV3Key: string, damage: WechatDamage): string => {
  const sealed = seal(
    JSON.stringify(content.resource),
    content.originalType,
    damage.wrongApiKey === true ? randomText(32) : apiV3Key,
  )
  const body = {
    id: content.id,
    create_time: content.createTime,
    resource_type: 'encrypt-resource',
    event_type: content.eventType,
    summary: content.summary,
    resource: {
      original_type: content.originalType,
      algorithm: sealed.algorithm,
      ciphertext: damage.badTag === true ? lastBitFlipped(sealed.ciphertext) : sealed.ciphertext,
      associated_data: damage.aadMismatch === true ? `${sealed.associated_data}x` : sealed.associated_data,
      nonce: sealed.nonce,
    },
  }
  const text = damage.whitespace === true ? `${JSON.stringify(body, undefined, 2)}\n` : JSON.stringify(body)
  return damage.escapedSlashes === true ? text.replaceAll('/', '\\/') : text
}

const lastBitFlipped = (base64: string): string => {
  const bytes = Buffer.from(base64, 'base64')
  const last = bytes.length - 1
  bytes[last] = (bytes[last] ?? 0) ^ 1
  return bytes.toString('base64')
}
