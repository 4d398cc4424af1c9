import { fen, formatSignedYuan, formatYuan } from '../../../domain/money.ts'
import { feeFen, receivedFen } from '../bills/billed.ts'
import { beijingDay, beijingTime } from '../gateway-time.ts'
import { valuesText, type WechatBilled } from './wechat-bill-file.ts'

/** One change of the merchant's balance. */
type Flow = {
  readonly row: WechatBilled
  readonly business: '交易' | '扣除交易手续费' | '退款'
  /** Negative where it goes out. */
  readonly changeFen: number
  readonly remark: string
}

const OPENING_FEN = 100_000
const COLUMNS =
  '记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号'
const SUMMARY_COLUMNS = '资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额'

/**
 * The lines of the fund-flow bill of a day, over the movements of all days up to it in time order. A refund that the
 * bank turns down later does not come back in it: the ledger does not tell when that was.
 */
export function* fundFlowLines(movements: Iterable<WechatBilled>, start: number): Generator<string> {
  let balance = OPENING_FEN
  const sums = { incomes: 0, incomeFen: 0, expenses: 0, expenseFen: 0 }
  yield `\uFEFF${COLUMNS}\r\n`
  for (const row of movements)
    for (const flow of flowsOf(row)) {
      balance += flow.changeFen
      if (row.at < start) continue
      if (flow.changeFen > 0) {
        sums.incomes += 1
        sums.incomeFen += flow.changeFen
      } else {
        sums.expenses += 1
        sums.expenseFen -= flow.changeFen
      }
      yield `${valuesText(cells(flow, sums.incomes + sums.expenses, balance))}\r\n`
    }
  const { incomes, incomeFen, expenses, expenseFen } = sums
  const totals = [incomes + expenses, incomes, formatSignedYuan(incomeFen), expenses, formatSignedYuan(expenseFen)].map(
    String,
  )
  yield `${SUMMARY_COLUMNS}\r\n${valuesText(totals)}\r\n`
}

/** A payment is one line and its fee another; a refund goes out less the fee that comes back with it. */
const flowsOf = (row: WechatBilled): readonly Flow[] => {
  const fee = feeFen(row)
  const received = receivedFen(row)
  if (row.kind === 'refund') {
    const remark = `退款总金额${formatSignedYuan(-received)}元;含手续费${formatSignedYuan(-fee)}元`
    return [{ row, business: '退款', changeFen: received - fee, remark }]
  }
  const payment: Flow = { row, business: '交易', changeFen: received, remark: '' }
  return fee === 0 ? [payment] : [payment, { row, business: '扣除交易手续费', changeFen: -fee, remark: '' }]
}

const cells = ({ row, business, changeFen, remark }: Flow, serial: number, balance: number): readonly string[] => {
  const at = new Date(row.at)
  const isRefund = row.kind === 'refund'
  return [
    beijingTime(at),
    isRefund ? row.refundId : row.transactionId,
    `${row.mchId}${beijingDay(at)}${String(serial).padStart(10, '0')}`,
    isRefund ? '退款' : '交易',
    business,
    changeFen > 0 ? '收入' : '支出',
    formatYuan(fen(Math.abs(changeFen))),
    formatSignedYuan(balance),
    isRefund ? `${row.mchId}API` : 'system',
    remark,
    isRefund ? row.refundNo : row.outTradeNo,
  ]
}
