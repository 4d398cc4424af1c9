import { type Fen, formatSignedYuan, formatYuan } from '../../../domain/money.ts'
import { addDays, type ShanghaiDay } from '../../../domain/shanghai-day.ts'
import { type Billed, feeFen, illegible, lineEnd, type Oddities, receivedFen } from '../bills/billed.ts'
import { beijingTime } from '../gateway-time.ts'

/** A row of Alipay's trade bill; `state` is 业务类型. */
export type AlipayBilled = Billed & {
  readonly openedAt: number
  /** Name and account of the payer, masked. */
  readonly buyer: string
  /** What Alipay's own red packet paid. */
  readonly redPacket: Fen
}

/** Whose bill it is, of which day, and when it was made. */
export type AlipayBillHead = {
  /** The merchant's account: 20 digits. */
  readonly account: string
  readonly day: ShanghaiDay
  readonly exportedAt: Date
}

/** What the rows of a bill add up to; counted while they are written. */
export type AlipaySums = {
  payments: number
  refunds: number
  received: number
  givenBack: number
  ordered: number
  fees: number
}

export const noSums = (): AlipaySums => ({
  payments: 0,
  refunds: 0,
  received: 0,
  givenBack: 0,
  ordered: 0,
  fees: 0,
})

/** The lines of 业务明细; `sums` grows by the rows. */
export function* alipayDetailLines(
  head: AlipayBillHead,
  rows: Iterable<AlipayBilled>,
  sums: AlipaySums,
  oddities: Oddities = new Set(),
): Generator<string> {
  const end = lineEnd(oddities)
  yield [...headLines(head, '业务明细查询'), DETAIL_RULE, COLUMNS, ''].join(end)
  for (const row of rows) {
    count(sums, row)
    yield `${rowText(row)}${end}`
  }
  const payments = sums.payments + (oddities.has('wrong_count') ? 1 : 0)
  const received = formatSignedYuan(sums.received + (oddities.has('wrong_sum') ? 1 : 0))
  const givenBack = formatSignedYuan(-sums.givenBack)
  yield [
    DETAIL_END,
    `#交易合计：${payments}笔，商家实收共${received}元，商家优惠共0.00元`,
    `#退款合计：${sums.refunds}笔，商家实收退款共${givenBack}元，商家优惠退款共0.00元`,
    exportLine(head),
    '',
  ].join(end)
}

/** 业务明细(汇总): what there is without a store, and the same again as the total. */
export const alipaySummary = (head: AlipayBillHead, sums: AlipaySums, oddities: Oddities = new Set()): string => {
  const received = sums.received - sums.givenBack
  const totals = [
    ...[sums.payments, sums.refunds].map(String),
    ...[sums.ordered, received, 0, 0, 0, -sums.fees, 0, received - sums.fees].map(formatSignedYuan),
  ].join(',')
  const lines = [...headLines(head, '业务汇总查询'), SUMMARY_RULE, SUMMARY_COLUMNS, `,,${totals}`, `合计,,${totals}`]
  return [...lines, SUMMARY_END, exportLine(head), ''].join(lineEnd(oddities))
}

const headLines = ({ account, day }: AlipayBillHead, title: string): readonly string[] => [
  `#支付宝${title}`,
  `#账号：[${account}]`,
  `#起始日期：[${chineseDay(day)} 00:00:00]   终止日期：[${chineseDay(addDays(day, 1))} 00:00:00]`,
]

const exportLine = ({ exportedAt }: AlipayBillHead): string => {
  const text = beijingTime(exportedAt)
  return `#导出时间：[${chineseDay(text.slice(0, 10))}${text.slice(10)}]`
}

/** `2026年10月03日` */
const chineseDay = (day: string): string => `${day.slice(0, 4)}年${day.slice(5, 7)}月${day.slice(8)}日`

const DETAIL_RULE = `#${'-'.repeat(41)}业务明细列表${'-'.repeat(40)}`
const DETAIL_END = `#${'-'.repeat(41)}业务明细列表结束${'-'.repeat(36)}`
const SUMMARY_RULE = `#${'-'.repeat(41)}业务汇总列表${'-'.repeat(40)}`
const SUMMARY_END = `#${'-'.repeat(40)}业务汇总列表结束${'-'.repeat(37)}`
const COLUMNS = [
  '支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户',
  '订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称',
  '商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注',
].join(',')
const SUMMARY_COLUMNS = [
  '门店编号,门店名称,交易订单总笔数,退款订单总笔数,订单金额（元）,商家实收（元）,支付宝优惠（元）,商家优惠（元）',
  '卡消费金额（元）,服务费（元）,分润（元）,实收净额（元）',
].join(',')

/** A TAB after what a spreadsheet would take for a number; a comma in a name is left as it is. */
const rowText = (row: AlipayBilled): string => {
  const { spoilt } = row
  const at = (ms: number): string => legible(beijingTime(new Date(ms)), spoilt !== 'time')
  const yuan = (amountFen: number): string => legible(formatSignedYuan(amountFen), spoilt !== 'amount')
  const title = oneLine(row.title)
  const cells = [
    `${row.transactionId}\t,${row.outTradeNo}\t,${row.state}\t,${title},${at(row.openedAt)},${at(row.at)}`,
    `\t,\t,\t,\t,${row.buyer}\t`,
    `${yuan(orderedFen(row))},${yuan(receivedFen(row))},${formatYuan(row.redPacket)},0.00,0.00,0.00,0.00,,0.00\t,0.00`,
    `${row.refundNo}\t,${formatSignedYuan(-feeFen(row))},0.00,${title}`,
  ]
  return (spoilt === 'columns' ? cells.slice(0, -1) : cells).join(',')
}

const orderedFen = ({ kind, amount }: AlipayBilled): number => (kind === 'payment' ? amount : 0 - amount)

const legible = (text: string, is: boolean): string => (is ? text : illegible(text))

const oneLine = (text: string): string => text.replaceAll(/[\r\n\t]/g, ' ')

const count = (sums: AlipaySums, row: AlipayBilled): void => {
  sums.fees += feeFen(row)
  if (row.kind === 'payment') {
    sums.payments += 1
    sums.received += receivedFen(row)
    sums.ordered += row.amount
  } else {
    sums.refunds += 1
    sums.givenBack -= receivedFen(row)
    sums.ordered -= row.amount
  }
}
