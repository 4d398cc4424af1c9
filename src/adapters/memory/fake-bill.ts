import { createHash } from 'node:crypto'
import { err, ok, type Result } from 'neverthrow'
import type { Bill, BillError } from '../../application/payments/payment-gateway.ts'
import { type Fen, formatYuan, sumFen, ZERO_FEN } from '../../domain/money.ts'
import { addDays, type ShanghaiDay, startOfDay } from '../../domain/shanghai-day.ts'
import type { FakeBooks, FakeMovements } from './fake-books.ts'

type Downloaded = Result<Bill, BillError>

const COLUMNS =
  '交易时间,商户号,微信订单号,商户订单号,交易状态,应结订单金额,微信退款单号,商户退款单号,退款金额,退款状态,商品名称,商户数据包,手续费,订单金额,申请退款金额'
const SUMMARY = '总交易单数,应结订单总金额,退款总金额,手续费总金额,订单总金额,申请退款总金额'
const FLOW_COLUMNS = '记账时间,业务类型,收支类型,收支金额(元),备注,业务凭证号'
const FLOW_SUMMARY = '资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额'

/** The bill of a day as WeChat Pay writes it, whichever gateway the fake one stands for; it charges nothing. */
export const fakeBill = (books: FakeBooks, day: ShanghaiDay, now: Date): Downloaded =>
  ofDay(books, day, now, ({ receipts, refunds }) => {
    const [paid, back] = totals({ receipts, refunds })
    const payments = receipts.map(({ outTradeNo, transactionId, identity, amount, paidAt }) => {
      const head = [timeText(paidAt), identity.merchantId, transactionId, outTradeNo, 'SUCCESS', formatYuan(amount)]
      return row(...head, '0', '0', NOTHING, '', '', '', NOTHING, formatYuan(amount), NOTHING)
    })
    const returned = refunds.map(({ receipt: { outTradeNo, transactionId, identity }, refundNo, refund }) => {
      const amount = formatYuan(refund.amount)
      const head = [timeText(refund.at), identity.merchantId, transactionId, outTradeNo, 'REFUND', NOTHING]
      return row(...head, refund.refundId ?? '', refundNo, amount, 'SUCCESS', '', '', NOTHING, NOTHING, amount)
    })
    const count = String(payments.length + returned.length)
    return [COLUMNS, ...payments, ...returned, SUMMARY, row(count, paid, back, NOTHING, paid, back)]
  })

/** The movements of the balance on a day, as WeChat Pay writes them. */
export const fakeFundFlow = (books: FakeBooks, day: ShanghaiDay, now: Date): Downloaded =>
  ofDay(books, day, now, ({ receipts, refunds }) => {
    const [income, expense] = totals({ receipts, refunds })
    const incoming = receipts.map(({ outTradeNo, amount, paidAt }) =>
      row(timeText(paidAt), '交易', '收入', formatYuan(amount), '', outTradeNo),
    )
    const outgoing = refunds.map(({ refundNo, refund: { amount, at } }) =>
      row(timeText(at), '退款', '支出', formatYuan(amount), '', refundNo),
    )
    const count = String(incoming.length + outgoing.length)
    const values = row(count, String(incoming.length), income, String(outgoing.length), expense)
    return [FLOW_COLUMNS, ...incoming, ...outgoing, FLOW_SUMMARY, values]
  })

const ofDay = (
  books: FakeBooks,
  day: ShanghaiDay,
  now: Date,
  linesOf: (movements: FakeMovements) => readonly string[],
): Downloaded => {
  const end = startOfDay(addDays(day, 1))
  if (now < end) return err({ code: 'BILL_NOT_READY' })
  const movements = books.movements(startOfDay(day), end)
  if (movements.receipts.length + movements.refunds.length === 0) return err({ code: 'BILL_NOT_EXIST' })
  const file = Buffer.from(
    linesOf(movements)
      .map((line) => `${line}\r\n`)
      .join(''),
  )
  const sha1 = createHash('sha1').update(file).digest('hex')
  return ok({ content: inChunks(file), format: 'wechat_csv', sha1 })
}

const totals = ({ receipts, refunds }: FakeMovements): [paid: string, back: string] => {
  const sum = (amounts: readonly Fen[]): string => formatYuan(sumFen(amounts))
  return [sum(receipts.map(({ amount }) => amount)), sum(refunds.map(({ refund }) => refund.amount))]
}

const NOTHING = formatYuan(ZERO_FEN)

const row = (...cells: readonly string[]): string => cells.map((cell) => `\`${cell}`).join(',')

/** In Beijing, as a text without a zone. */
const timeText = (at: Date): string =>
  new Date(at.getTime() + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ')

async function* inChunks(file: Buffer, size = 1000): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < file.length; start += size) yield file.subarray(start, start + size)
}
