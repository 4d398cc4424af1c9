import { type Fen, formatSignedYuan, formatYuan, ZERO_FEN } from '../../../domain/money.ts'
import {
  type Billed,
  feeFen,
  illegible,
  lineEnd,
  type Oddities,
  receivedFen,
  type SpoiltPart,
} from '../bills/billed.ts'
import { beijingTime } from '../gateway-time.ts'

/** A row of WeChat Pay's trade bill; `state` is 交易状态 of a payment and 退款状态 of a refund. */
export type WechatBilled = Billed & {
  readonly appId: string
  readonly mchId: string
  readonly openId: string
  readonly tradeType: string
  readonly attach: string
  /** What the column 代金券金额 says. */
  readonly coupon: Fen
  readonly refundId: string
  /** Of the payment, also on the row of its refund. */
  readonly paidAt: number
  /** When the money of a refund had arrived, where it had. */
  readonly arrivedAt: number | undefined
}

export type WechatBillType = 'ALL' | 'SUCCESS' | 'REFUND'

type Column = readonly [name: string, cell: (row: WechatBilled) => string]

/** The lines of a trade bill, byte order mark and line ends included. */
export function* wechatBillLines(
  type: WechatBillType,
  rows: Iterable<WechatBilled>,
  oddities: Oddities = new Set(),
): Generator<string> {
  const columns = oddities.has('old_columns') ? oldColumns(COLUMNS[type]) : COLUMNS[type]
  const end = lineEnd(oddities)
  const sums = { count: 0, settled: 0, refunded: 0, fees: 0, ordered: 0, asked: 0 }
  yield `${oddities.has('no_bom') ? '' : BYTE_ORDER_MARK}${columns.map(([name]) => name).join(',')}${end}`
  for (const row of rows) {
    count(sums, row)
    yield `${rowText(row, columns)}${end}`
  }
  const summary = summaryOf(type, misstated(sums, oddities), oddities)
  yield `${summary.map(([name]) => name).join(',')}${end}${valuesText(summary.map(([, value]) => value))}${end}`
}

const BYTE_ORDER_MARK = '\uFEFF'

/** Each value after a backtick; quotes are never used. */
export const valuesText = (values: readonly string[]): string => `\`${values.join(',`')}`

/** Line ends inside a text are written as two characters each. */
export const oneLine = (text: string): string => text.replaceAll('\r', '\\r').replaceAll('\n', '\\n')

const rowText = (row: WechatBilled, columns: readonly Column[]): string => {
  const cells = columns.map(([, cell]) => cell(row))
  if (row.spoilt === undefined) return valuesText(cells)
  return valuesText(row.spoilt === 'columns' ? cells.slice(0, -2) : cells.map((cell) => spoiltCell(cell, row.spoilt)))
}

const AMOUNT = /^-?\d+\.\d\d$/
const TIME = /^\d{4}-\d\d-\d\d /

const spoiltCell = (cell: string, part: SpoiltPart | undefined): string =>
  (part === 'time' ? TIME : AMOUNT).test(cell) ? illegible(cell) : cell

const moment = (at: number): string => beijingTime(new Date(at))
const ofPayment = (row: WechatBilled, value: string, otherwise: string): string =>
  row.kind === 'payment' ? value : otherwise
const ofRefund = (row: WechatBilled, value: string, otherwise: string): string =>
  row.kind === 'refund' ? value : otherwise

const ORDER: readonly Column[] = [
  ['公众账号ID', ({ appId }) => appId],
  ['商户号', ({ mchId }) => mchId],
  ['特约商户号', () => '0'],
  ['设备号', () => ''],
  ['微信订单号', ({ transactionId }) => transactionId],
  ['商户订单号', ({ outTradeNo }) => outTradeNo],
  ['用户标识', ({ openId }) => openId],
  ['交易类型', ({ tradeType }) => tradeType],
  ['交易状态', (row) => ofPayment(row, row.state, 'REFUND')],
  ['付款银行', () => 'OTHERS'],
  ['货币种类', () => 'CNY'],
  ['应结订单金额', (row) => ofPayment(row, formatSignedYuan(receivedFen(row)), '0.00')],
  ['代金券金额', (row) => ofPayment(row, formatYuan(row.coupon), '0.00')],
]
const REFUND_TIMES: readonly Column[] = [
  ['退款申请时间', ({ at }) => moment(at)],
  ['退款成功时间', ({ arrivedAt }) => (arrivedAt === undefined ? '' : moment(arrivedAt))],
]
const REFUND: readonly Column[] = [
  ['微信退款单号', (row) => ofRefund(row, row.refundId, '0')],
  ['商户退款单号', (row) => ofRefund(row, row.refundNo, '0')],
  ['退款金额', (row) => ofRefund(row, formatSignedYuan(-receivedFen(row)), '0.00')],
  ['充值券退款金额', () => '0.00'],
  ['退款类型', (row) => ofRefund(row, 'ORIGINAL', '')],
  ['退款状态', (row) => ofRefund(row, row.state, '')],
]
const GOODS: readonly Column[] = [
  ['商品名称', ({ title }) => oneLine(title)],
  ['商户数据包', ({ attach }) => oneLine(attach)],
  ['手续费', (row) => `${formatSignedYuan(feeFen(row))}000`],
  ['费率', () => '0.60%'],
]
const ORDERED: Column = ['订单金额', (row) => ofPayment(row, formatYuan(row.amount), '0.00')]
const ASKED: Column = ['申请退款金额', (row) => ofRefund(row, formatYuan(row.amount), '0.00')]
const REMARK: Column = ['费率备注', () => '']
const happenedAt: Column = ['交易时间', ({ at }) => moment(at)]
const paidAt: Column = ['交易时间', (row) => moment(row.paidAt)]

const COLUMNS: Readonly<Record<WechatBillType, readonly Column[]>> = {
  ALL: [happenedAt, ...ORDER, ...REFUND, ...GOODS, ORDERED, ASKED, REMARK],
  SUCCESS: [happenedAt, ...ORDER, ...GOODS, ORDERED, REMARK],
  REFUND: [paidAt, ...ORDER, ...REFUND_TIMES, ...REFUND, ...GOODS, ORDERED, ASKED, REMARK],
}

/** Merchants of the first years get other names, no amounts before coupons, and nothing after the rate. */
const oldColumns = (columns: readonly Column[]): readonly Column[] =>
  columns
    .filter((column) => column !== ORDERED && column !== ASKED && column !== REMARK)
    .map(([name, cell]): Column => OLD_COLUMNS[name] ?? [name, cell])

const OLD_COLUMNS: Readonly<Record<string, Column>> = {
  特约商户号: ['子商户号', () => '0'],
  应结订单金额: ['总金额', ORDERED[1]],
  代金券金额: ['企业红包金额', () => '0.00'],
  退款金额: ['退款金额', ASKED[1]],
  充值券退款金额: ['企业红包退款金额', () => '0.00'],
}

type Sums = { count: number; settled: number; refunded: number; fees: number; ordered: number; asked: number }

const count = (sums: Sums, row: WechatBilled): void => {
  const received = receivedFen(row)
  sums.count += 1
  sums.fees += feeFen(row)
  if (row.kind === 'payment') {
    sums.settled += received
    sums.ordered += row.amount
  } else {
    sums.refunded -= received
    sums.asked += row.amount
  }
}

const misstated = (sums: Sums, oddities: Oddities): Sums => ({
  ...sums,
  count: sums.count + (oddities.has('wrong_count') ? 1 : 0),
  settled: sums.settled + (oddities.has('wrong_sum') ? 1 : 0),
  ordered: sums.ordered + (oddities.has('wrong_sum') ? 1 : 0),
})

const summaryOf = (type: WechatBillType, sums: Sums, oddities: Oddities): readonly (readonly [string, string])[] => {
  const counted = ['总交易单数', `${sums.count}${oddities.has('decimal_counts') ? '.0' : ''}`] as const
  const fees = ['手续费总金额', `${formatSignedYuan(sums.fees)}000`] as const
  const none = formatYuan(ZERO_FEN)
  if (oddities.has('old_columns')) {
    const refunds = [['总退款金额', formatSignedYuan(sums.asked)] as const, ['总企业红包退款金额', none] as const]
    return [counted, ['总交易额', formatSignedYuan(sums.ordered)], ...(type === 'SUCCESS' ? [] : refunds), fees]
  }
  const settled = ['应结订单总金额', formatSignedYuan(sums.settled)] as const
  const ordered = ['订单总金额', formatSignedYuan(sums.ordered)] as const
  if (type === 'SUCCESS') return [counted, settled, fees, ordered]
  const refunded = [['退款总金额', formatSignedYuan(sums.refunded)] as const, ['充值券退款总金额', none] as const]
  return [counted, settled, ...refunded, fees, ordered, ['申请退款总金额', formatSignedYuan(sums.asked)]]
}
