import { fen, MAX_AMOUNT_FEN } from '../../../domain/money.ts'
import type { Cells } from '../bill-cells.ts'
import { fenIn, roundedFenIn, timeIn } from '../bill-values.ts'
import { CellsOfColumns, isEmpty, RowInCells } from '../row-in-cells.ts'
import { type DetailColumns, shiftOf } from './detail-columns.ts'
import type { DetailEncoding } from './detail-encoding.ts'

/** What one of the totals adds up; `receivedFen` is 商家实收, negative for refunds. */
export type DetailSums = { count: number; receivedFen: number }

type Span = RowInCells['refundNo']

/** Reads the rows of one bill's details and adds up what they hold. */
export class DetailRows {
  readonly payments: DetailSums = { count: 0, receivedFen: 0 }
  readonly refunds: DetailSums = { count: 0, receivedFen: 0 }
  /** The one that was read last. Alipay gives refunds no number of its own. */
  readonly row = new RowInCells()
  readonly #columns: DetailColumns
  readonly #encoding: DetailEncoding
  readonly #cells: Cells
  readonly #values: CellsOfColumns

  constructor(columns: DetailColumns, encoding: DetailEncoding, cells: Cells) {
    this.#columns = columns
    this.#encoding = encoding
    this.#cells = cells
    this.#values = new CellsOfColumns(cells, { lastText: columns.subject, isPadded: true })
  }

  /** Reads the row that lies in the cells, or gives why it can't be read. */
  read(line: number): string | undefined {
    const columns = this.#columns
    const { row } = this
    const shift = shiftOf(this.#cells, columns)
    if (shift === undefined)
      return `${columns.width} 列却有 ${this.#cells.count} 个值 (${this.#cells.count} cells under ${columns.width} names)`
    this.#values.shift = shift
    row.line = line
    row.bytes = this.#cells.bytes
    if (!this.#needs(columns.transactionId, row.transactionId) || !this.#needs(columns.outTradeNo, row.outTradeNo))
      return '支付单号无法识别 (no readable number of the payment)'
    row.at = this.#values.value(timeIn, columns.completedAt)
    if (Number.isNaN(row.at)) return '时间无法识别 (no readable time)'
    const priceFen = this.#values.value(fenIn, columns.price)
    const receivedFen = this.#values.value(fenIn, columns.received)
    const fee = this.#part(columns.fee)
    const share = this.#part(columns.share)
    if (Number.isNaN(priceFen + receivedFen + fee + share)) return '金额无法识别 (no readable amount)'
    row.feeFen = 0 - fee
    row.netFen = receivedFen + fee + share
    const reason = this.#readKind(priceFen)
    if (reason === undefined) add(row.kind === 'payment' ? this.payments : this.refunds, receivedFen)
    return reason
  }

  #readKind(priceFen: number): string | undefined {
    if (this.#values.is(this.#columns.kind, this.#encoding.payment)) return this.#payment(priceFen)
    if (this.#values.is(this.#columns.kind, this.#encoding.refund)) return this.#refund(priceFen)
    return '既不是支付也不是退款 (neither a payment nor a refund)'
  }

  #payment(priceFen: number): string | undefined {
    if (priceFen < 0 || priceFen > MAX_AMOUNT_FEN)
      return '支付金额不可能如此 (a payment of an amount that none can have)'
    const { row } = this
    row.kind = 'payment'
    row.amount = fen(priceFen)
    row.statusText = '交易'
    return undefined
  }

  #refund(priceFen: number): string | undefined {
    if (priceFen > 0 || priceFen < -MAX_AMOUNT_FEN)
      return '退款金额不可能如此 (a refund of an amount that none can have)'
    const { row } = this
    if (!this.#values.number(this.#columns.refundNo, row.refundNo))
      return '退款单号无法识别 (no readable number of the refund)'
    row.kind = 'refund'
    row.amount = fen(-priceFen)
    row.statusText = '退款'
    return undefined
  }

  #needs(column: number, span: Span): boolean {
    return this.#values.number(column, span) && !isEmpty(span)
  }

  /** What goes to others, in yuan; nothing where the cell is empty or the column is not there. */
  #part(column: number): number {
    return column === -1 ? 0 : this.#values.value(partIn, column)
  }
}

const partIn = (bytes: Uint8Array, start: number, end: number): number =>
  start === end ? 0 : roundedFenIn(bytes, start, end)

const add = (sums: DetailSums, receivedFen: number): void => {
  sums.count += 1
  sums.receivedFen += receivedFen
}
