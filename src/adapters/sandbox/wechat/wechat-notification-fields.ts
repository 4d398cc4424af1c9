import { fen, ZERO_FEN } from '../../../domain/money.ts'
import { beijingDay, rfc3339Time } from '../gateway-time.ts'
import { randomDigits } from '../random.ts'
import type { WechatKeys } from './wechat-keys.ts'
import { newNotificationId, type WechatContent } from './wechat-notification.ts'
import { type Refund, refundResource } from './wechat-refund.ts'
import { asPaid, isPaid, paidJson, type Trade } from './wechat-trade.ts'

type Envelope = {
  readonly id?: string
  readonly createTime?: string
  readonly eventType?: string
  readonly summary?: string
  readonly originalType?: string
  /** Laid over the sealed object last; a member that is `undefined` is left out of it. */
  readonly resource?: Readonly<Record<string, unknown>>
}

/** What a payment callback is to say; everything absent is as in the ledger, or invented. */
export type PaymentNotificationFields = Envelope & {
  readonly outTradeNo?: string
  readonly transactionId?: string
  readonly tradeState?: string
  readonly tradeType?: string
  readonly total?: number
  readonly payerTotal?: number
  readonly currency?: string
  readonly appId?: string
  readonly mchId?: string
  readonly openId?: string
  readonly attach?: string
  readonly successTime?: string
}

/** The same for a refund callback. */
export type RefundNotificationFields = Envelope & {
  readonly outTradeNo?: string
  readonly transactionId?: string
  readonly outRefundNo?: string
  readonly refundId?: string
  readonly refundStatus?: string
  readonly total?: number
  readonly refund?: number
  readonly mchId?: string
  readonly successTime?: string
}

type Base = { readonly keys: WechatKeys; readonly signWith: 'certificate' | 'public_key'; readonly now: Date }

export const paymentContent = (
  fields: PaymentNotificationFields,
  trade: Trade | undefined,
  { keys, signWith, now }: Base,
): WechatContent => {
  const base = trade ?? invented(keys, fields.outTradeNo, now)
  const known = isPaid(base) ? base : asPaid(base, { openId: keys.payerOpenId, coupon: ZERO_FEN }, now)
  const total = fields.total ?? known.total
  const json = paidJson(known, fields.mchId ?? keys.mchId)
  const payerTotal = fields.payerTotal ?? total - known.coupon
  const currency = fields.currency ?? 'CNY'
  const resource = {
    ...json,
    ...given({
      appid: fields.appId,
      out_trade_no: fields.outTradeNo,
      transaction_id: fields.transactionId,
      trade_type: fields.tradeType,
      trade_state: fields.tradeState,
      attach: fields.attach,
      success_time: fields.successTime,
      payer: fields.openId === undefined ? undefined : { openid: fields.openId },
    }),
    amount: { total, payer_total: payerTotal, currency, payer_currency: currency },
  }
  const standard = { eventType: 'TRANSACTION.SUCCESS', summary: '支付成功', originalType: 'transaction' }
  return enveloped(fields, standard, resource, signWith, now)
}

export const refundContent = (
  fields: RefundNotificationFields,
  refund: Refund | undefined,
  trade: Trade | undefined,
  { keys, signWith, now }: Base,
): WechatContent => {
  const base = refundResource(refund ?? inventedRefund(fields, trade, now), fields.mchId ?? keys.mchId)
  const known = refund === undefined || refund.status === 'PROCESSING' ? 'SUCCESS' : refund.status
  const status = fields.refundStatus ?? known
  const total = fields.total ?? refund?.total ?? trade?.total ?? fields.refund ?? 1
  const part = fields.refund ?? refund?.amount ?? total
  const resource = {
    ...base,
    ...given({
      out_trade_no: fields.outTradeNo,
      transaction_id: fields.transactionId,
      out_refund_no: fields.outRefundNo,
      refund_id: fields.refundId,
      refund_status: status,
      success_time: status === 'SUCCESS' ? (fields.successTime ?? base['success_time'] ?? rfc3339Time(now)) : undefined,
    }),
    amount: {
      total,
      refund: part,
      payer_total: refund?.payerTotal ?? total,
      payer_refund: refund?.payerAmount ?? part,
    },
  }
  const standard = { eventType: `REFUND.${status}`, summary: '退款通知', originalType: 'refund' }
  return enveloped(fields, standard, resource, signWith, now)
}

const enveloped = (
  fields: Envelope,
  standard: Pick<WechatContent, 'eventType' | 'summary' | 'originalType'>,
  resource: Readonly<Record<string, unknown>>,
  signWith: 'certificate' | 'public_key',
  now: Date,
): WechatContent => ({
  id: fields.id ?? newNotificationId(),
  createTime: fields.createTime ?? rfc3339Time(now),
  eventType: fields.eventType ?? standard.eventType,
  summary: fields.summary ?? standard.summary,
  originalType: fields.originalType ?? standard.originalType,
  resource: { ...resource, ...fields.resource },
  signWith,
})

const given = (members: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))

const invented = (keys: WechatKeys, outTradeNo: string | undefined, now: Date): Trade => ({
  state: 'NOTPAY',
  outTradeNo: outTradeNo ?? `SANDBOX${randomDigits(12)}`,
  tradeType: 'NATIVE',
  total: fen(100),
  description: '',
  attach: '',
  appId: keys.appId,
  notifyUrl: '',
  request: {},
  openId: undefined,
  createdAt: now.getTime(),
  expiresAt: now.getTime(),
  codes: [],
  callbackKey: 'certificate',
})

const inventedRefund = (fields: RefundNotificationFields, trade: Trade | undefined, now: Date): Refund => {
  const total = fen(fields.total ?? trade?.total ?? fields.refund ?? 1)
  const amount = fen(fields.refund ?? total)
  return {
    status: 'SUCCESS',
    outRefundNo: fields.outRefundNo ?? `SANDBOXREFUND${randomDigits(12)}`,
    refundId: `50${randomDigits(8)}${beijingDay(now)}${randomDigits(11)}`,
    outTradeNo: fields.outTradeNo ?? `SANDBOX${randomDigits(12)}`,
    transactionId: trade?.transactionId ?? `4200${randomDigits(6)}${beijingDay(now)}${randomDigits(10)}`,
    amount,
    total,
    payerAmount: amount,
    payerTotal: total,
    notifyUrl: undefined,
    createTime: rfc3339Time(now),
    successTime: rfc3339Time(now),
    plan: undefined,
  }
}
