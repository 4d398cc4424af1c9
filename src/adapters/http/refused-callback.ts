import type { IncomingMessage } from 'node:http'
import { isIPv6 } from 'node:net'
import { type RefusalReason, type RefusedCallback, slotOf } from '../../domain/callback-refusal.ts'
import type { Provider } from '../../domain/payment.ts'
import { countableAddress } from './client-address.ts'
import { hashOf } from './idempotency.ts'

export type Refusal = {
  readonly provider: Provider
  readonly place: 'payment' | 'refund'
  readonly reason: RefusalReason
  readonly request: IncomingMessage
  readonly address: string
  /** Empty where it was refused unread. */
  readonly body: Uint8Array
  readonly ownAppId: string | undefined
  readonly at: Date
}

const WECHAT_HEADERS = [
  'wechatpay-signature',
  'wechatpay-timestamp',
  'wechatpay-nonce',
  'wechatpay-serial',
  'wechatpay-signature-type',
]
const ALIPAY_FIELDS = ['sign', 'sign_type', 'notify_id', 'app_id']

/** How a refused callback came, where it looks like a gateway's; nothing of what it says is kept. */
export const refusedCallback = (refusal: Refusal): RefusedCallback | undefined => {
  const { provider, place, reason, request, address, body, at } = refusal
  const form = provider === 'alipay' ? Buffer.from(body).toString('latin1') : ''
  const present = provider === 'alipay' ? fieldsOf(form) : WECHAT_HEADERS.filter((name) => name in request.headers)
  if (present.length === 0 && !resembles(provider, request, body)) return undefined
  const expected = provider === 'alipay' ? ALIPAY_FIELDS : WECHAT_HEADERS
  return {
    provider,
    place,
    reason,
    slot: slotOf(networkOf(address)),
    evidence: {
      address,
      method: shown(request.method, 16),
      contentType: shown(request.headers['content-type'], 64),
      bodyBytes: body.length || Number(request.headers['content-length'] ?? 0) || 0,
      bodyHash: hashOf(body),
      present,
      missing: expected.filter((name) => !present.includes(name)),
      serial: textOf(request, 'wechatpay-serial', /^\w{1,64}$/),
      aheadSeconds: aheadOf(textOf(request, 'wechatpay-timestamp', /^\d{1,11}$/), at),
      isOurApp: isOurApp(form, refusal.ownAppId),
    },
    occurrences: 1,
    firstAt: at,
    lastAt: at,
  }
}

const fieldsOf = (form: string): readonly string[] =>
  ALIPAY_FIELDS.filter((name) => form.startsWith(`${name}=`) || form.includes(`&${name}=`))

/** One that has lost what carries the signature, or was refused before its body was read. */
const resembles = (provider: Provider, { headers }: IncomingMessage, body: Uint8Array): boolean => {
  const type = headers['content-type'] ?? ''
  if (provider === 'alipay') return body.length === 0 && /^application\/x-www-form-urlencoded/i.test(type)
  return /json/i.test(type) && Buffer.from(body).includes('"resource"')
}

const networkOf = (address: string): string =>
  isIPv6(address) ? countableAddress(address) : address.split('.').slice(0, 3).join('.')

const textOf = ({ headers }: IncomingMessage, name: string, pattern: RegExp): string | undefined => {
  const value = headers[name]
  return typeof value === 'string' && pattern.test(value) ? value : undefined
}

const aheadOf = (seconds: string | undefined, at: Date): number | undefined =>
  seconds === undefined ? undefined : Number(seconds) - Math.round(at.getTime() / 1000)

const isOurApp = (form: string, ownAppId: string | undefined): boolean | undefined => {
  const [, appId] = /(?:^|&)app_id=(\d{1,32})(?:&|$)/.exec(form) ?? []
  return appId === undefined || ownAppId === undefined ? undefined : appId === ownAppId
}

const shown = (text: string | undefined, length: number): string =>
  (text ?? '').replaceAll(/[^\x20-\x7e]/g, '?').slice(0, length)
