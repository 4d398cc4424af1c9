import { err, ok, type Result } from 'neverthrow'
import { type Fen, formatYuan, subtractFen, sumFen, ZERO_FEN } from '../../../domain/money.ts'
import { beijingDay, beijingTime } from '../gateway-time.ts'
import { randomDigits } from '../random.ts'
import type { Channel } from './alipay-schemas.ts'

/** A QR code's text, or the token of a cashier page. */
export type PaymentCode = { readonly code: string; readonly expiresAt: number }

type OrderFacts = {
  readonly outTradeNo: string
  readonly channel: Channel
  readonly total: Fen
  readonly subject: string
  readonly body: string | undefined
  readonly passbackParams: string | undefined
  readonly notifyUrl: string | undefined
  readonly returnUrl: string | undefined
  readonly quitUrl: string | undefined
  /** `biz_content` as it came, for telling a repeat from another order under the same number. */
  readonly request: Readonly<Record<string, unknown>>
  readonly createdAt: number
  readonly expiresAt: number
  /** A relative time-out that is counted from the buyer's confirmation: wap and app. */
  readonly lifetimeMs: number | undefined
  readonly codes: readonly PaymentCode[]
}

/** One refund; `pending` answered `fund_change=N` and has not moved money yet. */
export type Refund = {
  readonly outRequestNo: string
  readonly amount: Fen
  readonly at: number
  readonly status: 'done' | 'pending'
}

type Opened = { readonly transactionId: string; readonly openedAt: number }
type Unpaid = { readonly paidAt?: undefined; readonly refunds: readonly [] }
type Paid = { readonly paidAt: number; readonly coupon: Fen; readonly refunds: readonly Refund[] }
type Over = { readonly closedAt: number }

/** An order at Alipay. There is no trade before the buyer has scanned or confirmed: `UNSCANNED`. */
export type Trade = OrderFacts &
  (
    | (Unpaid & { readonly state: 'UNSCANNED'; readonly transactionId?: undefined })
    | (Opened & Unpaid & { readonly state: 'WAIT_BUYER_PAY' })
    | (Opened & Unpaid & Over & { readonly state: 'TRADE_CLOSED' })
    | (Opened & Paid & { readonly state: 'TRADE_SUCCESS' | 'TRADE_FINISHED' })
    | (Opened & Paid & Over & { readonly state: 'TRADE_CLOSED' })
  )
export type PaidTrade = Extract<Trade, { readonly paidAt: number }>
export type OpenedTrade = Exclude<Trade, { readonly state: 'UNSCANNED' }>

const REFUND_WINDOW_MS = 365 * 86_400_000

export const isPaid = (trade: Trade): trade is PaidTrade => trade.paidAt !== undefined

/** What time alone has made of a trade. */
export const aged = (trade: Trade, now: Date): Trade => {
  const at = now.getTime()
  if (trade.state === 'WAIT_BUYER_PAY' && at >= trade.expiresAt)
    return { ...trade, state: 'TRADE_CLOSED', closedAt: trade.expiresAt }
  if (trade.state === 'TRADE_SUCCESS' && at > trade.paidAt + REFUND_WINDOW_MS)
    return { ...trade, state: 'TRADE_FINISHED' }
  return trade
}

/** The buyer scans or confirms: now there is a trade. Scanning again changes nothing. */
export const scanned = (trade: Trade, now: Date): Result<OpenedTrade, string> => {
  switch (trade.state) {
    case 'UNSCANNED': {
      const at = now.getTime()
      if (at >= trade.expiresAt) return err('订单已过期')
      const transactionId = `${beijingDay(now)}22001${randomDigits(15)}`
      const expiresAt = trade.lifetimeMs === undefined ? trade.expiresAt : at + trade.lifetimeMs
      return ok({ ...trade, state: 'WAIT_BUYER_PAY', transactionId, openedAt: at, expiresAt })
    }
    case 'WAIT_BUYER_PAY':
      return ok(trade)
    case 'TRADE_CLOSED':
      return err('交易已关闭')
    case 'TRADE_SUCCESS':
    case 'TRADE_FINISHED':
      return err('交易已支付')
  }
}

export const paid = (trade: OpenedTrade, coupon: Fen, now: Date): Result<PaidTrade, string> => {
  switch (trade.state) {
    case 'WAIT_BUYER_PAY':
      return ok({ ...trade, state: 'TRADE_SUCCESS', paidAt: now.getTime(), coupon, refunds: [] })
    case 'TRADE_CLOSED':
      return err('交易已关闭')
    case 'TRADE_SUCCESS':
    case 'TRADE_FINISHED':
      return err('交易已支付')
  }
}

/** Money that has gone back, in all. */
export const refundedTotal = (trade: PaidTrade): Fen =>
  sumFen(trade.refunds.filter(({ status }) => status === 'done').map(({ amount }) => amount))

/** What can still be asked back; refunds under way count as gone. */
export const refundableRest = (trade: PaidTrade): Fen =>
  subtractFen(trade.total, sumFen(trade.refunds.map(({ amount }) => amount)))

/** Records a refund, new or now done. The last part closes the trade. */
export const withRefund = (trade: PaidTrade, refund: Refund, now: Date): PaidTrade => {
  const others = trade.refunds.filter(({ outRequestNo }) => outRequestNo !== refund.outRequestNo)
  const next = { ...trade, refunds: [...others, refund] }
  if (next.state === 'TRADE_CLOSED' || refundedTotal(next) < trade.total) return next
  return { ...next, state: 'TRADE_CLOSED', closedAt: now.getTime() }
}

/** The members of a query's answer. Before payment the amounts are 0.00. */
export const tradeJson = (trade: OpenedTrade, buyerId: string): Record<string, unknown> => {
  const order = {
    out_trade_no: trade.outTradeNo,
    total_amount: formatYuan(trade.total),
    trade_no: trade.transactionId,
    trade_status: trade.state,
  }
  if (!isPaid(trade)) return { ...order, ...zeroAmounts }
  const { cash, bills } = payment(trade)
  return {
    ...order,
    ...buyerJson(buyerId),
    buyer_pay_amount: cash,
    fund_bill_list: bills.map(([channel, amount]) => ({ amount, fund_channel: channel })),
    invoice_amount: cash,
    point_amount: '0.00',
    receipt_amount: formatYuan(trade.total),
    send_pay_date: beijingTime(new Date(trade.paidAt)),
  }
}

export const buyerJson = (buyerId: string): Record<string, unknown> => ({
  buyer_logon_id: '138****1234',
  buyer_user_id: buyerId,
})

export const zeroAmounts = {
  buyer_pay_amount: '0.00',
  invoice_amount: '0.00',
  point_amount: '0.00',
  receipt_amount: '0.00',
} as const

/** How a trade was paid: a red packet of Alipay's leaves the merchant's receipt whole. */
export const payment = (
  trade: PaidTrade,
): { readonly cash: string; readonly bills: readonly (readonly [channel: string, amount: string])[] } => {
  const cash = formatYuan(subtractFen(trade.total, trade.coupon))
  const coupon = trade.coupon === ZERO_FEN ? [] : [['COUPON', formatYuan(trade.coupon)] as const]
  return { cash, bills: [['ALIPAYACCOUNT', cash] as const, ...coupon] }
}
