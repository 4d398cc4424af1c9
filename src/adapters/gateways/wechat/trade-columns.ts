import { BillBroken } from '../bill-broken.ts'
import type { Cells } from '../bill-cells.ts'
import type { ColumnNames } from './bill-table.ts'

/** Where a trade bill has what we read; `-1` where it lacks a column that only some kinds of it have. */
export type TradeColumns = {
  readonly width: number
  readonly at: number
  readonly merchantId: number
  readonly transactionId: number
  readonly outTradeNo: number
  readonly state: number
  readonly refundId: number
  readonly refundNo: number
  readonly refundState: number
  readonly fee: number
  /** What the payer was asked for. */
  readonly price: number
  /** What of it comes to the merchant, before the fee. */
  readonly settled: number
  /** What was asked back. */
  readonly refund: number
  /** What of it the merchant gives. */
  readonly refundSettled: number
  /** The merchant's own texts, the only cells that can hold what looks like the border of two. */
  readonly firstText: number
  readonly lastText: number
}

/** ALL, SUCCESS and REFUND files, of today and of the years before 应结订单金额. */
export const tradeColumns = (columns: ColumnNames): TradeColumns => {
  const needed = (...names: string[]): number => {
    const at = columns.find(...names)
    if (at === undefined)
      throw new BillBroken(
        `不是交易账单：缺少“${names.join('/')}”列 (not a trade bill: it has no column ${names.join(' or ')})`,
      )
    return at
  }
  const optional = (...names: string[]): number => columns.find(...names) ?? -1
  return {
    width: columns.width,
    at: needed('退款申请时间', '交易时间'), // A REFUND file has the time of the payment as 交易时间.
    merchantId: needed('商户号'),
    transactionId: needed('微信订单号'),
    outTradeNo: needed('商户订单号'),
    state: needed('交易状态'),
    refundId: optional('微信退款单号'),
    refundNo: optional('商户退款单号'),
    refundState: optional('退款状态'),
    fee: needed('手续费'),
    price: needed('订单金额', '总金额', '应结订单金额'),
    settled: needed('应结订单金额', '总金额'),
    refund: optional('申请退款金额', '退款金额'),
    refundSettled: optional('退款金额'),
    firstText: needed('商品名称'),
    lastText: needed('商户数据包'),
  }
}

/** How far the cells behind the merchant's texts are from their columns; `undefined` where that can't be known. */
export const shiftOf = (cells: Cells, { width, firstText, lastText }: TradeColumns): number | undefined => {
  const shift = cells.count - width
  if (shift === 0) return 0
  return shift > 0 && !cells.tooMany && lastText === firstText + 1 ? shift : undefined
}
