import { BillBroken } from '../bill-broken.ts'
import type { Cells } from '../bill-cells.ts'
import { fenIn, timeIn } from '../bill-values.ts'

/** Where a bill's details have what we read, `-1` where a column is missing that older bills lack. */
export type DetailColumns = {
  readonly width: number
  readonly transactionId: number
  readonly outTradeNo: number
  readonly kind: number
  readonly subject: number
  readonly createdAt: number
  readonly completedAt: number
  /** The price. */
  readonly price: number
  /** What comes to the merchant, before fee and shares. */
  readonly received: number
  readonly refundNo: number
  readonly fee: number
  readonly share: number
  /** A free text that is the last of all. */
  readonly note: number
  /** All of them in yuan. */
  readonly amounts: readonly number[]
}

/** Finds the columns by name, written with either kind of brackets. */
export const detailColumns = (header: string): DetailColumns => {
  const names = header.split(',').map((name) => name.trim().replaceAll('（', '(').replaceAll('）', ')'))
  const needed = (name: string): number => {
    const at = names.indexOf(name)
    if (at === -1)
      throw new BillBroken(`不是账单明细：缺少“${name}”列 (not the details of a bill: it has no column ${name})`)
    return at
  }
  return {
    width: names.length,
    transactionId: needed('支付宝交易号'),
    outTradeNo: needed('商户订单号'),
    kind: needed('业务类型'),
    subject: needed('商品名称'),
    createdAt: needed('创建时间'),
    completedAt: needed('完成时间'),
    price: needed('订单金额(元)'),
    received: needed('商家实收(元)'),
    refundNo: needed('退款批次号/请求号'),
    fee: needed('服务费(元)'),
    share: names.indexOf('分润(元)'),
    note: names.indexOf('备注'),
    amounts: names.flatMap((name, at) => (name.endsWith('(元)') ? [at] : [])),
  }
}

/**
 * How many cells too many a row has before its two times, where commas in the subject made them, and may have made more
 * of them in the note; `undefined` where it can't be told which cell is which.
 */
export const shiftOf = (cells: Cells, columns: DetailColumns): number | undefined => {
  const surplus = cells.count - columns.width
  if (surplus === 0) return 0
  if (surplus < 0 || cells.tooMany || !isAnchored(columns)) return undefined
  const shift = onlyTimes(cells, columns, surplus)
  if (shift === undefined) return undefined
  if (shift < surplus && columns.note !== columns.width - 1) return undefined
  // With a comma in any other text, what lies under one of these names is no amount.
  const fits = columns.amounts.every((at) => !Number.isNaN(valueAt(twoDecimalsIn, cells, at + shift)))
  return fits ? shift : undefined
}

/** Kind, subject and the times stand side by side, and the numbers before them. */
const isAnchored = ({ transactionId, outTradeNo, kind, subject, createdAt, completedAt, amounts }: DetailColumns) =>
  subject === kind + 1 &&
  createdAt === subject + 1 &&
  completedAt === createdAt + 1 &&
  Math.max(transactionId, outTradeNo) < kind &&
  amounts.every((at) => at > completedAt)

/** How far the pair of times is from its columns, where there is one such pair. */
const onlyTimes = (cells: Cells, { createdAt }: DetailColumns, surplus: number): number | undefined => {
  let found: number | undefined
  for (let shift = 0; shift <= surplus; shift += 1) {
    const first = valueAt(timeIn, cells, createdAt + shift)
    const second = valueAt(timeIn, cells, createdAt + shift + 1)
    if (Number.isNaN(first + second)) continue
    if (found !== undefined) return undefined
    found = shift
  }
  return found
}

const POINT = 0x2e

/** As Alipay writes an amount, and nobody a number of a refund. */
const twoDecimalsIn = (bytes: Uint8Array, start: number, end: number): number =>
  bytes[end - 3] === POINT ? fenIn(bytes, start, end) : Number.NaN

const valueAt = (
  read: (bytes: Uint8Array, start: number, end: number) => number,
  cells: Cells,
  index: number,
): number => {
  cells.trim(index)
  return read(cells.bytes, cells.starts[index] ?? 0, cells.ends[index] ?? 0)
}
