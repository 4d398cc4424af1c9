import type { KeyObject } from 'node:crypto'
import { formatYuan } from '../../../domain/money.ts'
import { beijingDay, beijingTime, beijingTimeWithMs } from '../gateway-time.ts'
import { randomDigits } from '../random.ts'
import type { CallbackMessage } from '../send-callback.ts'
import type { AlipayKeys } from './alipay-keys.ts'
import { type Params, signLegacy, signV1, stringToSign } from './alipay-signature.ts'
import { type OpenedTrade, type PaidTrade, payment, refundedTotal } from './alipay-trade.ts'
import { encodeGbk } from './gbk.ts'

/** What one notification tells; only `notify_time` and the signature are new in each attempt. */
export type AlipayContent = { readonly fields: Params }

/** Ways in which a notification is not quite what it should be. */
export type AlipayDamage = {
  /** `RSA` is SHA-1 by the right key. */
  readonly signType?: 'RSA2' | 'RSA'
  readonly foreignKey?: boolean
  /** Written and signed in GBK. */
  readonly charset?: 'utf-8' | 'gbk'
  /** Fields changed after signing; `undefined` takes one away. */
  readonly tamper?: Readonly<Record<string, string | undefined>>
  /** This field is sent twice. */
  readonly duplicate?: string
  /** This field swallows the next one, as `value&next=value`: other fields under the same genuine signature. */
  readonly recut?: string
  readonly contentType?: string
}

// Malformed, as Alipay really sends it.
const CONTENT_TYPE = 'application/x-www-form-urlencoded; text/html; charset=utf-8'

export const newNotifyId = (at: Date): string => `${beijingDay(at)}00222${randomDigits(21)}`

/** What every notification about a trade has in common. */
const common = (trade: OpenedTrade, keys: AlipayKeys, at: Date): Record<string, string> => ({
  gmt_create: beijingTime(new Date(trade.openedAt)),
  charset: 'utf-8',
  notify_time: beijingTime(at),
  subject: trade.subject,
  ...(trade.body === undefined ? {} : { body: trade.body }),
  ...(trade.passbackParams === undefined ? {} : { passback_params: trade.passbackParams }),
  buyer_id: keys.buyerId,
  buyer_logon_id: '138****1234',
  version: '1.0',
  notify_id: newNotifyId(at),
  notify_type: 'trade_status_sync',
  out_trade_no: trade.outTradeNo,
  total_amount: formatYuan(trade.total),
  trade_status: trade.state,
  trade_no: trade.transactionId,
  auth_app_id: keys.appId,
  app_id: keys.appId,
  sign_type: 'RSA2',
  seller_id: keys.sellerId,
})

export const paymentFields = (trade: PaidTrade, keys: AlipayKeys, at: Date): Params => {
  const { cash, bills } = payment(trade)
  return {
    ...common(trade, keys, at),
    gmt_payment: beijingTime(new Date(trade.paidAt)),
    invoice_amount: cash,
    receipt_amount: formatYuan(trade.total),
    buyer_pay_amount: cash,
    point_amount: '0.00',
    fund_bill_list: JSON.stringify(bills.map(([fundChannel, amount]) => ({ amount, fundChannel }))),
  }
}

/** A refund's notification looks like a payment's, but for three fields; the amount is the total so far. */
export const refundFields = (trade: PaidTrade, outBizNo: string, keys: AlipayKeys, at: Date): Params => ({
  ...common(trade, keys, at),
  gmt_payment: beijingTime(new Date(trade.paidAt)),
  refund_fee: formatYuan(refundedTotal(trade)),
  gmt_refund: beijingTimeWithMs(at),
  out_biz_no: outBizNo,
  ...(trade.state === 'TRADE_CLOSED' ? { gmt_close: beijingTime(new Date(trade.closedAt)) } : {}),
})

export const closeFields = (trade: OpenedTrade, keys: AlipayKeys, at: Date): Params => ({
  ...common(trade, keys, at),
  gmt_close: beijingTime(trade.state === 'TRADE_CLOSED' ? new Date(trade.closedAt) : at),
})

/** Signs one attempt of a notification and writes it as a form. */
export const signedNotification = (fields: Params, key: KeyObject, damage: AlipayDamage = {}): CallbackMessage => {
  const gbk = damage.charset === 'gbk'
  const encode = gbk ? encodeGbk : (text: string): Buffer => Buffer.from(text)
  const signType = damage.signType ?? fields['sign_type'] ?? 'RSA2'
  const stated = { ...fields, sign_type: signType, ...(gbk ? { charset: 'gbk' } : {}) }
  const sign = signType === 'RSA' ? signLegacy(stated, key) : signV1(stated, key, encode)
  const cut = damage.recut === undefined ? stated : recut(stated, damage.recut)
  const sent = Object.entries({ ...cut, sign, ...damage.tamper })
  const again = sent.filter(([name]) => name === damage.duplicate)
  const pairs = [...sent, ...again].flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${escape(value, encode)}`],
  )
  return {
    headers: { 'User-Agent': 'Mozilla/4.0', 'Content-Type': damage.contentType ?? CONTENT_TYPE },
    body: Buffer.from(pairs.join('&')),
  }
}

const recut = (fields: Params, name: string): Params => {
  const signed = stringToSign(fields, 'sign', 'sign_type')
  const names = Object.keys(fields)
    .filter((each) => each !== 'sign' && each !== 'sign_type')
    .sort()
  const next = names[names.indexOf(name) + 1]
  if (fields[name] === undefined || next === undefined) throw new Error(`no field follows ${name}`)
  const { [next]: swallowed, ...others } = fields
  const cut = { ...others, [name]: `${fields[name]}&${next}=${swallowed}` }
  if (stringToSign(cut, 'sign', 'sign_type') !== signed) throw new Error('a re-cut form keeps the signed text')
  return cut
}

/** Percent-encoding as in a form, over the bytes of the charset. */
const escape = (value: string, encode: (text: string) => Buffer): string =>
  Array.from(encode(value), (byte) => {
    const character = String.fromCharCode(byte)
    if (character === ' ') return '+'
    return /[A-Za-z0-9*._-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }).join('')
