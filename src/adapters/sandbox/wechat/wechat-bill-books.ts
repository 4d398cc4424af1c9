import { randomInt } from 'node:crypto'
import { fen, subtractFen, ZERO_FEN } from '../../../domain/money.ts'
import type { ShanghaiDay } from '../../../domain/shanghai-day.ts'
import { happenedOn, someMoment } from '../bills/bill-day.ts'
import type { BillBooks } from '../bills/bill-differences.ts'
import { beijingDay, parseRfc3339 } from '../gateway-time.ts'
import { randomDigits, randomText } from '../random.ts'
import type { WechatBilled } from './wechat-bill-file.ts'
import type { WechatKeys } from './wechat-keys.ts'
import type { WechatLedger } from './wechat-ledger.ts'
import type { Refund } from './wechat-refund.ts'
import { isPaid, type PaidTrade } from './wechat-trade.ts'

/** WeChat Pay's ledger, told as rows of bills that are made at `madeAt` of their day. */
export const wechatBillBooks = (
  ledger: WechatLedger,
  keys: WechatKeys,
  madeAt: (day: ShanghaiDay) => number,
): BillBooks<WechatBilled> => ({
  rowsOf: (day) =>
    movements(ledger, keys, madeAt(day))
      .filter(happenedOn(day))
      .sort((a, b) => a.at - b.at),
  paymentOf: (outTradeNo) => {
    const trade = ledger.trade(outTradeNo)
    return trade !== undefined && isPaid(trade) ? paymentRow(trade, keys) : undefined
  },
  inventPayment: (day, amountFen) => {
    const at = someMoment(day)
    return {
      kind: 'payment',
      at,
      outTradeNo: `X${beijingDay(new Date(at))}${randomDigits(12)}`,
      transactionId: `4200${randomDigits(6)}${beijingDay(new Date(at))}${randomDigits(10)}`,
      refundNo: '',
      amount: fen(amountFen ?? randomInt(1, 100_000)),
      discount: ZERO_FEN,
      title: '未知商品',
      state: 'SUCCESS',
      appId: keys.appId,
      mchId: keys.mchId,
      openId: `o${randomText(27)}`,
      tradeType: 'NATIVE',
      attach: '',
      coupon: ZERO_FEN,
      refundId: '',
      paidAt: at,
      arrivedAt: undefined,
    }
  },
  inventRefund: (payment, day, amountFen) => {
    const at = someMoment(day)
    return {
      ...payment,
      kind: 'refund',
      at,
      refundNo: `XR${beijingDay(new Date(at))}${randomDigits(12)}`,
      refundId: `50${randomDigits(8)}${beijingDay(new Date(at))}${randomDigits(11)}`,
      amount: fen(amountFen ?? payment.amount),
      discount: ZERO_FEN,
      coupon: ZERO_FEN,
      state: 'SUCCESS',
      arrivedAt: at,
    }
  },
})

/** Every payment and refund there ever was. */
export const movements = (ledger: WechatLedger, keys: WechatKeys, asOf: number): WechatBilled[] =>
  [...ledger.paidTrades()].flatMap((trade) => {
    const payment = paymentRow(trade, keys)
    return [payment, ...ledger.refundsOf(trade.outTradeNo).map((refund) => refundRow(refund, payment, asOf))]
  })

const paymentRow = (trade: PaidTrade, { mchId }: WechatKeys): WechatBilled => ({
  kind: 'payment',
  at: trade.paidAt,
  outTradeNo: trade.outTradeNo,
  transactionId: trade.transactionId,
  refundNo: '',
  amount: trade.total,
  discount: trade.coupon,
  title: trade.description,
  state: 'SUCCESS',
  appId: trade.appId,
  mchId,
  openId: trade.payerOpenId,
  tradeType: trade.tradeType,
  attach: trade.attach,
  coupon: trade.coupon,
  refundId: '',
  paidAt: trade.paidAt,
  arrivedAt: undefined,
})

/** On the bill of the day that took it; whether it had arrived when the bill was made is never written anew. */
const refundRow = (refund: Refund, payment: WechatBilled, asOf: number): WechatBilled => {
  const arrived = refund.status === 'SUCCESS' ? parseRfc3339(refund.successTime) : undefined
  const arrivedAt = arrived !== undefined && arrived <= asOf ? arrived : undefined
  return {
    ...payment,
    kind: 'refund',
    at: parseRfc3339(refund.createTime) ?? payment.paidAt,
    refundNo: refund.outRefundNo,
    refundId: refund.refundId,
    amount: refund.amount,
    discount: subtractFen(refund.amount, refund.payerAmount),
    coupon: ZERO_FEN,
    state: arrivedAt === undefined ? 'PROCESSING' : 'SUCCESS',
    arrivedAt,
  }
}
