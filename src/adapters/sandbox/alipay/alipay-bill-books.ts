import { randomInt } from 'node:crypto'
import { fen, ZERO_FEN } from '../../../domain/money.ts'
import { happenedOn, someMoment } from '../bills/bill-day.ts'
import type { BillBooks } from '../bills/bill-differences.ts'
import { beijingDay } from '../gateway-time.ts'
import { randomDigits } from '../random.ts'
import type { AlipayBilled } from './alipay-bill-file.ts'
import type { AlipayLedger } from './alipay-ledger.ts'
import { isPaid, type PaidTrade, type Refund } from './alipay-trade.ts'

const BUYER = '*沙箱(138****1234)'

/** Alipay's ledger, told as rows of bills. A refund is on the bill of the day on which its money moved. */
export const alipayBillBooks = (ledger: AlipayLedger): BillBooks<AlipayBilled> => ({
  rowsOf: (day) =>
    ledger
      .all()
      .flatMap(movements)
      .filter(happenedOn(day))
      .sort((a, b) => a.at - b.at),
  paymentOf: (outTradeNo) => {
    const trade = ledger.byNumber(outTradeNo)
    return trade !== undefined && isPaid(trade) ? paymentRow(trade) : undefined
  },
  inventPayment: (day, amountFen) => {
    const at = someMoment(day)
    return {
      kind: 'payment',
      at,
      outTradeNo: `X${beijingDay(new Date(at))}${randomDigits(12)}`,
      transactionId: `${beijingDay(new Date(at))}22001${randomDigits(15)}`,
      refundNo: '',
      amount: fen(amountFen ?? randomInt(1, 100_000)),
      discount: ZERO_FEN,
      title: '未知商品',
      state: '交易',
      openedAt: at,
      buyer: BUYER,
      redPacket: ZERO_FEN,
    }
  },
  inventRefund: (payment, day, amountFen) => {
    const at = someMoment(day)
    const refundNo = `XR${beijingDay(new Date(at))}${randomDigits(12)}`
    return { ...refundOf(payment), at, refundNo, amount: fen(amountFen ?? payment.amount) }
  },
})

const movements = (trade: Parameters<typeof isPaid>[0]): readonly AlipayBilled[] => {
  if (!isPaid(trade)) return []
  const payment = paymentRow(trade)
  return [payment, ...trade.refunds.flatMap((refund) => refundRow(refund, payment))]
}

const paymentRow = (trade: PaidTrade): AlipayBilled => ({
  kind: 'payment',
  at: trade.paidAt,
  outTradeNo: trade.outTradeNo,
  transactionId: trade.transactionId,
  refundNo: '',
  amount: trade.total,
  discount: ZERO_FEN,
  title: trade.subject,
  state: '交易',
  openedAt: trade.openedAt,
  buyer: BUYER,
  redPacket: trade.coupon,
})

const refundRow = ({ at, amount, outRequestNo, status }: Refund, payment: AlipayBilled): readonly AlipayBilled[] =>
  status === 'done' ? [{ ...refundOf(payment), at, refundNo: outRequestNo, amount }] : []

const refundOf = (payment: AlipayBilled): AlipayBilled => ({
  ...payment,
  kind: 'refund',
  state: '退款',
  redPacket: ZERO_FEN,
})
