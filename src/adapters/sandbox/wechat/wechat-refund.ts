import { err, ok, type Result } from 'neverthrow'
import { type Fen, fen, sumFen } from '../../../domain/money.ts'
import { beijingDay, rfc3339Time } from '../gateway-time.ts'
import { randomDigits } from '../random.ts'
import { notFound, refusal, type WechatRefusal } from './wechat-refusal.ts'
import type { RefundRequest } from './wechat-requests.ts'
import { isPaid, type PaidTrade, type Trade } from './wechat-trade.ts'

export type RefundEnd = 'SUCCESS' | 'CLOSED' | 'ABNORMAL'

type RefundFacts = {
  readonly outRefundNo: string
  readonly refundId: string
  readonly outTradeNo: string
  readonly transactionId: string
  readonly amount: Fen
  readonly total: Fen
  /** What the payer gets: less than `amount` where a coupon had paid a part. */
  readonly payerAmount: Fen
  readonly payerTotal: Fen
  readonly notifyUrl: string | undefined
  readonly createTime: string
  /** Where it goes by itself; `undefined` stays under way until somebody decides. */
  readonly plan: RefundEnd | undefined
}

/** Money on its way back. */
export type Refund = RefundFacts &
  (
    | { readonly status: 'PROCESSING' }
    | { readonly status: 'CLOSED' }
    | { readonly status: 'ABNORMAL' }
    | { readonly status: 'SUCCESS'; readonly successTime: string }
  )

const WINDOW_MS = 365 * 86_400_000
const MOST_REFUNDS = 50

const amountsDiffer = refusal(400, 'INVALID_REQUEST', '订单金额或退款金额与之前请求不一致，请核实后再试')
export const balanceTooLow = refusal(403, 'NOT_ENOUGH', '基本账户余额不足，请充值后重新发起')

/** Whether a repeated refund number asks for the refund it already names. */
export const sameRefund = (refund: Refund, request: RefundRequest): Result<Refund, WechatRefusal> => {
  const { amount, out_trade_no: outTradeNo, transaction_id: transactionId } = request
  const same =
    amount.refund === refund.amount &&
    amount.total === refund.total &&
    (outTradeNo ?? refund.outTradeNo) === refund.outTradeNo &&
    (transactionId ?? refund.transactionId) === refund.transactionId
  return same ? ok(refund) : err(amountsDiffer)
}

/** Whether this order can give that much back now. */
export const refundable = (
  trade: Trade | undefined,
  earlier: readonly Refund[],
  request: RefundRequest,
  now: Date,
): Result<PaidTrade, WechatRefusal> => {
  if (trade === undefined || !isPaid(trade)) return err(notFound)
  if (request.amount.total !== trade.total) return err(amountsDiffer)
  if (now.getTime() > trade.paidAt + WINDOW_MS) return err(refusal(400, 'INVALID_REQUEST', '订单已超过可退款期限'))
  const kept = earlier.filter(({ status }) => status !== 'CLOSED')
  const rest = trade.total - sumFen(kept.map(({ amount }) => amount))
  if (rest === 0) return err(refusal(400, 'INVALID_REQUEST', '订单已全额退款'))
  if (request.amount.refund > rest) return err(refusal(400, 'INVALID_REQUEST', '申请退款金额超过订单可退金额'))
  if (kept.length >= MOST_REFUNDS) return err(refusal(400, 'INVALID_REQUEST', '部分退款次数已达上限'))
  return ok(trade)
}

export const acceptedRefund = (
  trade: PaidTrade,
  earlier: readonly Refund[],
  request: RefundRequest,
  plan: RefundEnd | undefined,
  now: Date,
): Refund => {
  const payerTotal = fen(trade.total - trade.coupon)
  const before = sumFen(earlier.filter(({ status }) => status !== 'CLOSED').map(({ amount }) => amount))
  const payerShare = (part: number): number => Number((BigInt(part) * BigInt(payerTotal)) / BigInt(trade.total))
  return {
    status: 'PROCESSING',
    outRefundNo: request.out_refund_no,
    refundId: `50${randomDigits(8)}${beijingDay(now)}${randomDigits(11)}`,
    outTradeNo: trade.outTradeNo,
    transactionId: trade.transactionId,
    amount: fen(request.amount.refund),
    total: trade.total,
    payerAmount: fen(payerShare(before + request.amount.refund) - payerShare(before)),
    payerTotal,
    notifyUrl: request.notify_url,
    createTime: rfc3339Time(now),
    plan,
  }
}

/** Moves a refund on; an end is final, `ABNORMAL` alone can still be mended. */
export const endedRefund = (refund: Refund, end: RefundEnd, now: Date): Refund | undefined => {
  if (refund.status === 'SUCCESS' || refund.status === 'CLOSED' || refund.status === end) return undefined
  return end === 'SUCCESS' ? { ...refund, status: end, successTime: rfc3339Time(now) } : { ...refund, status: end }
}

/** The answer to a refund call and to a refund query. */
export const refundJson = (refund: Refund): Record<string, unknown> => ({
  amount: {
    currency: 'CNY',
    discount_refund: refund.amount - refund.payerAmount,
    from: [],
    payer_refund: refund.payerAmount,
    payer_total: refund.payerTotal,
    refund: refund.amount,
    settlement_refund: refund.payerAmount,
    settlement_total: refund.payerTotal,
    total: refund.total,
  },
  channel: 'ORIGINAL',
  create_time: refund.createTime,
  funds_account: 'UNSETTLED',
  out_refund_no: refund.outRefundNo,
  out_trade_no: refund.outTradeNo,
  promotion_detail: [],
  refund_id: refund.refundId,
  status: refund.status,
  ...(refund.status === 'SUCCESS' ? { success_time: refund.successTime } : {}),
  transaction_id: refund.transactionId,
  user_received_account: '支付用户零钱',
})

/** What a refund callback seals: `refund_status` instead of `status`, no currency, no appid. */
export const refundResource = (refund: Refund, mchId: string): Record<string, unknown> => ({
  mchid: mchId,
  out_trade_no: refund.outTradeNo,
  transaction_id: refund.transactionId,
  out_refund_no: refund.outRefundNo,
  refund_id: refund.refundId,
  refund_status: refund.status,
  ...(refund.status === 'SUCCESS' ? { success_time: refund.successTime } : {}),
  amount: {
    total: refund.total,
    refund: refund.amount,
    payer_total: refund.payerTotal,
    payer_refund: refund.payerAmount,
  },
  user_received_account: '支付用户零钱',
})
