import { err, ok, type Result } from 'neverthrow'
import type { Fen } from '../../../domain/money.ts'
import { beijingDay, rfc3339Time } from '../gateway-time.ts'
import { randomDigits } from '../random.ts'

/** Something a payer's phone can open; `code` is a `code_url` or a `prepay_id`. */
export type PaymentCode = { readonly code: string; readonly expiresAt: number }

type TradeFacts = {
  readonly outTradeNo: string
  readonly tradeType: 'NATIVE' | 'JSAPI' | 'APP' | 'MWEB'
  readonly total: Fen
  readonly description: string
  readonly attach: string
  readonly appId: string
  readonly notifyUrl: string
  /** The prepay body, for telling a repeat from another order under the same number. */
  readonly request: Readonly<Record<string, unknown>>
  /** The only user who may pay a JSAPI order. */
  readonly openId: string | undefined
  readonly createdAt: number
  readonly expiresAt: number
  readonly codes: readonly PaymentCode[]
  /** Which kind of key this merchant's callbacks are signed with: the one its prepay call asked for. */
  readonly callbackKey: 'certificate' | 'public_key'
}

type Unpaid<S> = { readonly state: S; readonly transactionId?: undefined; readonly successTime?: undefined }
type Paid<S> = {
  readonly state: S
  readonly transactionId: string
  /** As on the wire. */
  readonly successTime: string
  readonly paidAt: number
  readonly payerOpenId: string
  /** Part of the total that a coupon paid. */
  readonly coupon: Fen
}

/** An order as WeChat Pay knows it. `REFUND` is for ever, whatever becomes of the refund. */
export type Trade = TradeFacts & (Unpaid<'NOTPAY'> | Unpaid<'CLOSED'> | Paid<'SUCCESS'> | Paid<'REFUND'>)
export type PaidTrade = TradeFacts & (Paid<'SUCCESS'> | Paid<'REFUND'>)

export const isPaid = (trade: Trade): trade is PaidTrade => trade.state === 'SUCCESS' || trade.state === 'REFUND'

/** Nobody announces the end of an unpaid order; it is simply over when somebody looks. */
export const expired = (trade: Trade, now: Date): Trade =>
  trade.state === 'NOTPAY' && now.getTime() >= trade.expiresAt ? { ...trade, state: 'CLOSED' } : trade

export type Payer = { readonly openId: string; readonly coupon: Fen }

export const paid = (trade: Trade, payer: Payer, now: Date): Result<PaidTrade, string> => {
  switch (trade.state) {
    case 'NOTPAY':
      return ok(asPaid(trade, payer, now))
    case 'CLOSED':
      return err('订单已关闭或已过期，无法支付')
    case 'SUCCESS':
    case 'REFUND':
      return err('该订单已支付')
  }
}

/** The trade as it would be, paid now. */
export const asPaid = (trade: Trade, payer: Payer, now: Date): PaidTrade => ({
  ...trade,
  state: 'SUCCESS',
  transactionId: `4200${randomDigits(6)}${beijingDay(now)}${randomDigits(10)}`,
  successTime: rfc3339Time(now),
  paidAt: now.getTime(),
  payerOpenId: trade.openId ?? payer.openId,
  coupon: payer.coupon,
})

export const closed = (trade: Trade): Result<Trade, 'paid'> => {
  switch (trade.state) {
    case 'NOTPAY':
      return ok({ ...trade, state: 'CLOSED' })
    case 'CLOSED':
      return ok(trade)
    case 'SUCCESS':
    case 'REFUND':
      return err('paid')
  }
}

const STATE_TEXT = {
  NOTPAY: '订单未支付',
  CLOSED: '订单已关闭',
  SUCCESS: '支付成功',
  REFUND: '订单发生过退款，退款详情请查询退款单',
} as const

/** The answer to a query. An unpaid order's amount has no currency. */
export const tradeJson = (trade: Trade, mchId: string): Record<string, unknown> => {
  if (isPaid(trade)) return paidJson(trade, mchId)
  return {
    amount: { payer_currency: 'CNY', total: trade.total },
    appid: trade.appId,
    ...(trade.attach === '' ? {} : { attach: trade.attach }),
    mchid: mchId,
    out_trade_no: trade.outTradeNo,
    promotion_detail: [],
    scene_info: { device_id: '' },
    trade_state: trade.state,
    trade_state_desc: STATE_TEXT[trade.state],
  }
}

/** A paid order, as the query tells it and as the callback seals it. */
export const paidJson = (trade: PaidTrade, mchId: string): Record<string, unknown> => ({
  mchid: mchId,
  appid: trade.appId,
  out_trade_no: trade.outTradeNo,
  transaction_id: trade.transactionId,
  trade_type: trade.tradeType,
  trade_state: trade.state,
  trade_state_desc: STATE_TEXT[trade.state],
  bank_type: 'OTHERS',
  attach: trade.attach,
  success_time: trade.successTime,
  payer: { openid: trade.payerOpenId },
  amount: { total: trade.total, payer_total: trade.total - trade.coupon, currency: 'CNY', payer_currency: 'CNY' },
  ...(trade.coupon === 0 ? {} : { promotion_detail: [couponJson(trade.coupon)] }),
})

const couponJson = (amount: Fen): Record<string, unknown> => ({
  coupon_id: '109519',
  name: '满减券',
  scope: 'GLOBAL',
  type: 'NOCASH',
  amount,
  stock_id: '931386',
  wechatpay_contribute: 0,
  merchant_contribute: amount,
  other_contribute: 0,
  currency: 'CNY',
})
