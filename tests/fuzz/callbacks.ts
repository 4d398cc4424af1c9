import type { CallbackMessage } from '../../src/adapters/sandbox/send-callback.ts'
import type { Gateway } from '../wire/payer.ts'
import { pick } from './draft.ts'
import type { Choose } from './examples.ts'
import type { Header, Input } from './input.ts'
import type { Attempt } from './shop.ts'
import type { Stage } from './stage.ts'

type Sandbox = Stage['sandbox']

/** A message that a gateway could have sent. */
export type Genuine = CallbackMessage & { readonly gateway: Gateway; readonly about: string }

/** A callback; a forged one says something else than what was signed, so it must be refused. */
export type CallbackInput = Input & { readonly isForged: boolean }

const PLACES = ['notify', 'refund/notify'] as const

/** Everything gateways may have to say about these payments, true or not, but signed by them. */
export const genuineMessages = (sandbox: Sandbox, attempts: readonly Attempt[]): readonly Genuine[] =>
  attempts.flatMap((attempt) =>
    attempt.gateway === 'wechat' ? fromWechat(sandbox, attempt) : fromAlipay(sandbox, attempt),
  )

const fromWechat = ({ wechat }: Sandbox, { outTradeNo, totalFen: total, refundNo }: Attempt): readonly Genuine[] => {
  const named = (about: string, message: CallbackMessage): Genuine => ({
    ...message,
    gateway: 'wechat',
    about: `wechat ${about}`,
  })
  const outRefundNo = refundNo ?? 'NOBODYS'
  return [
    named('payment', wechat.notification({ outTradeNo, total })),
    named('payment by public key', wechat.notification({ outTradeNo, total }, { signWith: 'public_key' })),
    ...[-301, -300, -299, 299, 300, 301].map((seconds) =>
      named(`payment ${seconds} s`, wechat.notification({ outTradeNo, total }, { timestampOffsetSeconds: seconds })),
    ),
    named('amount', wechat.notification({ outTradeNo, total: total - 1 })),
    named('currency', wechat.notification({ outTradeNo, total, currency: 'USD' })),
    named('merchant', wechat.notification({ outTradeNo, total, mchId: '1999999999' })),
    named('app', wechat.notification({ outTradeNo, total, appId: 'wx0000000000000000' })),
    ...['NOTPAY', 'CLOSED', 'REFUND', 'PAYERROR', 'constructor'].map((tradeState) =>
      named(tradeState, wechat.notification({ outTradeNo, total, tradeState })),
    ),
    named('event', wechat.notification({ outTradeNo, total, eventType: 'SOMETHING.NEW' })),
    named('business', wechat.notification({ outTradeNo, total, originalType: 'mall_transaction' })),
    named(
      'resource',
      wechat.notification({ outTradeNo, total, resource: { amount: { total: '9900' }, attach: null } }),
    ),
    ...['SUCCESS', 'CLOSED', 'ABNORMAL', 'PROCESSING'].map((refundStatus) =>
      named(
        `refund ${refundStatus}`,
        wechat.refundNotification({ outTradeNo, outRefundNo, total, refund: 300, refundStatus }),
      ),
    ),
  ]
}

const fromAlipay = ({ alipay }: Sandbox, { outTradeNo, totalFen: total, refundNo }: Attempt): readonly Genuine[] => {
  const named = (about: string, message: CallbackMessage): Genuine => ({
    ...message,
    gateway: 'alipay',
    about: `alipay ${about}`,
  })
  const refund = { about: 'refund', outTradeNo, refundFee: 300, ...(refundNo && { outRequestNo: refundNo }) } as const
  return [
    named('payment', alipay.notification({ outTradeNo, total })),
    named('in GBK', alipay.notification({ outTradeNo, total }, { charset: 'gbk' })),
    named('amount', alipay.notification({ outTradeNo, total: total + 1 })),
    named('merchant', alipay.notification({ outTradeNo, total, sellerId: '2088000000000001' })),
    named('app', alipay.notification({ outTradeNo, total, appId: '2021000000000000' })),
    ...['WAIT_BUYER_PAY', 'TRADE_CLOSED', 'TRADE_FINISHED', 'constructor'].map((tradeStatus) =>
      named(tradeStatus, alipay.notification({ outTradeNo, total, tradeStatus })),
    ),
    named('refund', alipay.notification(refund)),
    named('close', alipay.notification({ about: 'close', outTradeNo })),
    named('numbers', alipay.notification({ outTradeNo, fields: { total_amount: '1e2', refund_fee: '-1' } })),
    named('times', alipay.notification({ outTradeNo, total, fields: { gmt_payment: '2026-02-30 25:61:00' } })),
  ]
}

export const sendAs = (
  { gateway, about, headers, body }: Genuine,
  changed: {
    readonly gateway?: string
    readonly place?: string
    readonly headers?: readonly Header[]
    readonly body?: Buffer
    readonly isForged?: boolean
  } = {},
): CallbackInput => ({
  about: `callback: ${about}`,
  method: 'POST',
  target: `/api/v1/payments/${changed.gateway ?? gateway}/${changed.place ?? 'notify'}`,
  headers: changed.headers ?? Object.entries(headers),
  body: changed.body ?? body,
  isWhole: true,
  isForged: changed.isForged ?? false,
})

/** The message with each of its bytes changed in turn, body and signed headers alike. */
export function* everyByte(message: Genuine): Generator<CallbackInput> {
  for (let at = 0; at < message.body.length; at += 1)
    for (const bit of [1, 0x20]) yield forged(message, flipped(message.body, at, bit))
  for (const [name, value] of Object.entries(message.headers)) {
    if (!/^wechatpay-/i.test(name)) continue
    for (let at = 0; at < value.length; at += 1) yield withHeaders(message, name, flippedText(value, at))
  }
}

const flipped = (bytes: Buffer, at: number, bit: number): Buffer => {
  const changed = Buffer.from(bytes)
  changed[at] = (changed[at] ?? 0) ^ bit
  return changed
}
const flippedText = (text: string, at: number): string => flipped(Buffer.from(text, 'latin1'), at, 1).toString('latin1')

const withHeaders = (message: Genuine, name: string, value: string): CallbackInput => {
  const headers = Object.entries(message.headers).map(([other, old]): Header => [other, other === name ? value : old])
  const isSame = /signature$/i.test(name) && sameBytes(value, message.headers[name] ?? '')
  return sendAs(message, { headers, isForged: !isSame })
}

/** Base64 has spare bits at its end. */
const sameBytes = (one: string, other: string): boolean =>
  Buffer.from(one, 'base64').equals(Buffer.from(other, 'base64'))

/** WeChat Pay signs the bytes; Alipay what a form's fields say, so that one form can be written in several ways. */
const forged = (message: Genuine, body: Buffer): CallbackInput =>
  sendAs(message, {
    body,
    isForged: message.gateway === 'wechat' ? !body.equals(message.body) : !sameForm(body, message.body),
  })

const sameForm = (one: Buffer, other: Buffer): boolean => {
  const [a, b] = [fieldsOf(one), fieldsOf(other)]
  const names = new Set([...a.keys(), ...b.keys()])
  names.delete('sign_type') // Alipay leaves it out of what it signs.
  return [...names].every((name) => {
    const [value = '', old = ''] = [a.get(name), b.get(name)]
    return name === 'sign' ? sameBytes(value, old) : value === old
  })
}

const fieldsOf = (body: Buffer): ReadonlyMap<string, string> =>
  new Map(
    body
      .toString('latin1')
      .split('&')
      .map((pair) => {
        const [name = '', ...value] = pair.split('=')
        return [name, unescape(value.join('=').replaceAll('+', ' '))]
      }),
  )

const unescape = (text: string): string =>
  text.replaceAll(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))

type Forgery = (message: Genuine, other: Genuine, choose: Choose) => CallbackInput

const FORGERIES: readonly Forgery[] = [
  (message, _, choose) => sendAs(message, { place: pick(choose, PLACES) }),
  (message, _, choose) =>
    sendAs(message, {
      gateway: message.gateway === 'wechat' ? 'alipay' : 'wechat',
      place: pick(choose, PLACES),
      isForged: true,
    }),
  (message, _, choose) => forged(message, flipped(message.body, choose(message.body.length), 1 << choose(8))),
  (message, _, choose) => forged(message, message.body.subarray(0, choose(message.body.length))),
  (message, _, choose) =>
    forged(message, Buffer.concat([message.body, Buffer.from(pick(choose, [' ', '\n', '&a=b', '}', '\0']))])),
  (message, other) =>
    sendAs(message, {
      headers: Object.entries(other.headers),
      isForged: message.gateway === 'wechat' && message !== other,
    }),
  (message, other) =>
    // A whole form is as genuine from whoever sends it; WeChat Pay's signature is not in its body.
    sendAs(message, {
      body: other.body,
      isForged: message.gateway === 'wechat' ? message !== other : other.gateway === 'wechat',
    }),
  (message, _, choose) => {
    const gone = pick(choose, Object.keys(message.headers))
    const headers = Object.entries(message.headers).filter(([name]) => name !== gone)
    return sendAs(message, { headers, isForged: /^wechatpay-(?!signature-type)/i.test(gone) })
  },
  (message, _, choose) => {
    const [name, value] = pick(choose, Object.entries(message.headers))
    return sendAs(message, { headers: [...Object.entries(message.headers), [name, value]] })
  },
  (message, other, choose) => forgedFields(message, other, choose),
]

/** One field gone, doubled, emptied, added, swapped with another message's, or swallowing the next. */
const forgedFields: Forgery = (message, other, choose) => {
  if (message.gateway === 'wechat') return forged(message, forgedJson(message, choose))
  const pairs = message.body.toString('latin1').split('&')
  const at = choose(pairs.length)
  const pair = pairs[at] ?? ''
  const name = pair.split('=')[0] ?? ''
  const theirs = other.body
    .toString('latin1')
    .split('&')
    .find((one) => one.startsWith(`${name}=`))
  const without = pairs.filter((_, n) => n !== at)
  const next = pairs.toSorted()[pairs.toSorted().indexOf(pair) + 1] ?? 'a=b'
  const swallowing = [...without.filter((one) => one !== next), `${pair}%26${next.replace('=', '%3D')}`]
  const variants = [
    without,
    [...pairs, pair],
    [...without, `${name}=`],
    [...without, theirs ?? 'x=y'],
    [...pairs, 'refund_fee=1.00'],
    swallowing,
    [...without, `${name}[]=${pair.slice(name.length + 1)}`],
    [...without, `${name}[b]=1`],
    [...without, name],
    pairs.join(';').split('&'),
  ]
  const variant = pick(choose, variants)
  const body = Buffer.from(variant.join('&'), 'latin1')
  const isHarmless = variant === swallowing && !MEANT.test(next)
  return sendAs(message, { body, isForged: !isHarmless && !sameForm(body, message.body) })
}

/** A form may be cut another way under the same signature, as long as nothing that is read comes to mean something else. */
const MEANT =
  /^(?:out_trade_no|trade_no|trade_status|total_amount|refund_fee|gmt_(?:refund|payment|close)|out_biz_no|(?:auth_)?app_id|seller_id|notify_(?:id|time|type)|buyer_id)=/

const forgedJson = (message: Genuine, choose: Choose): Buffer => {
  const text = message.body.toString()
  const variants = [
    text.replace('{', '{"__proto__":{},'),
    text.replace(/"id":"[^"]*"/, '"id":"x"'),
    text.replace(/"id":("[^"]*")/, '"id":$1,"id":$1'),
    text.replace(/"associated_data":"[^"]*",?/, ''),
    text.replace(/"nonce":"[^"]*"/, '"nonce":null'),
    text.replace(/"ciphertext":"/, '"ciphertext":"AAAA'),
    text.replace('AEAD_AES_256_GCM', 'none'),
    '{}',
    '[]',
    'null',
  ]
  return Buffer.from(pick(choose, variants))
}

/** A genuine message as it is, or with something done to it. */
export const anyCallback = (messages: readonly Genuine[], choose: Choose): CallbackInput => {
  const message = pick(choose, messages)
  if (choose(4) === 0) return sendAs(message, { place: pick(choose, PLACES) })
  return pick(choose, FORGERIES)(message, pick(choose, messages), choose)
}
