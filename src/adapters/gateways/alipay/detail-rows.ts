import type { ReadableRow } from '../../../application/reconciliation/bill.ts'
import { fen, MAX_AMOUNT_FEN } from '../../../domain/money.ts'
import type { Cells } from '../bill-cells.ts'
import { fenIn, isIn, numberIn, roundedFenIn, timeIn } from '../bill-values.ts'
import { type DetailColumns, shiftOf } from './detail-columns.ts'
import type { DetailEncoding } from './detail-encoding.ts'

/** What one of the totals adds up; `receivedFen` is 商家实收, negative for refunds. */
export type DetailSums = { count: number; receivedFen: number }

type Facts = Pick<ReadableRow, 'line' | 'outTradeNo' | 'transactionId' | 'at'> & {
  readonly priceFen: number
  readonly feeFen: number
  readonly netFen: number
}

/** Reads the rows of one bill's details and adds up what they hold. */
export class DetailRows {
  readonly payments: DetailSums = { count: 0, receivedFen: 0 }
  readonly refunds: DetailSums = { count: 0, receivedFen: 0 }
  readonly #columns: DetailColumns
  readonly #encoding: DetailEncoding
  readonly #cells: Cells
  #shift = 0

  constructor(columns: DetailColumns, encoding: DetailEncoding, cells: Cells) {
    this.#columns = columns
    this.#encoding = encoding
    this.#cells = cells
  }

  /** The row that lies in the cells, or why it can't be read. */
  read(line: number): ReadableRow | string {
    const columns = this.#columns
    const shift = shiftOf(this.#cells, columns)
    if (shift === undefined) return `${this.#cells.count} cells under ${columns.width} names`
    this.#shift = shift
    const transactionId = this.#number(columns.transactionId)
    const outTradeNo = this.#number(columns.outTradeNo)
    if (!transactionId || !outTradeNo) return 'no readable number of the payment'
    const at = this.#value(timeIn, columns.completedAt)
    if (Number.isNaN(at)) return 'no readable time'
    const priceFen = this.#value(fenIn, columns.price)
    const receivedFen = this.#value(fenIn, columns.received)
    const fee = this.#part(columns.fee)
    const share = this.#part(columns.share)
    if (Number.isNaN(priceFen + receivedFen + fee + share)) return 'no readable amount'
    const facts = { line, outTradeNo, transactionId, at, priceFen, feeFen: 0 - fee, netFen: receivedFen + fee + share }
    const row = this.#rowOf(facts)
    if (typeof row !== 'string') add(row.kind === 'payment' ? this.payments : this.refunds, receivedFen)
    return row
  }

  #rowOf(facts: Facts): ReadableRow | string {
    if (this.#is(this.#columns.kind, this.#encoding.payment)) return this.#payment(facts)
    if (this.#is(this.#columns.kind, this.#encoding.refund)) return this.#refund(facts)
    return 'neither a payment nor a refund'
  }

  #payment({ line, outTradeNo, transactionId, at, priceFen, feeFen, netFen }: Facts): ReadableRow | string {
    if (priceFen < 0 || priceFen > MAX_AMOUNT_FEN) return 'a payment of an amount that none can have'
    return {
      kind: 'payment', // One literal: a spread in a million of them takes longer than all the rest.
      line,
      outTradeNo,
      transactionId,
      amount: fen(priceFen),
      feeFen,
      netFen,
      at,
      status: 'success',
      statusText: '交易',
    }
  }

  #refund({ line, outTradeNo, transactionId, at, priceFen, feeFen, netFen }: Facts): ReadableRow | string {
    if (priceFen > 0 || priceFen < -MAX_AMOUNT_FEN) return 'a refund of an amount that none can have'
    const refundNo = this.#number(this.#columns.refundNo)
    if (refundNo === undefined) return 'no readable number of the refund'
    return {
      kind: 'refund',
      line,
      outTradeNo,
      transactionId,
      refundNo,
      refundId: undefined, // Alipay gives refunds no number of its own.
      amount: fen(-priceFen),
      feeFen,
      netFen,
      at,
      status: 'success',
      statusText: '退款',
    }
  }

  /** What goes to others, in yuan; nothing where the cell is empty or the column is not there. */
  #part(column: number): number {
    if (column === -1) return 0
    const cell = this.#trimmed(column)
    const start = this.#cells.starts[cell] ?? 0
    const end = this.#cells.ends[cell] ?? 0
    return start === end ? 0 : roundedFenIn(this.#cells.bytes, start, end)
  }

  /** Empty where there is none, `undefined` where there is something that is none. */
  #number(column: number): string | undefined {
    const cell = this.#trimmed(column)
    const start = this.#cells.starts[cell] ?? 0
    const end = this.#cells.ends[cell] ?? 0
    return start === end ? '' : numberIn(this.#cells.bytes, start, end)
  }

  #is(column: number, expected: Uint8Array): boolean {
    const cell = this.#trimmed(column)
    return isIn(this.#cells.bytes, this.#cells.starts[cell] ?? 0, this.#cells.ends[cell] ?? 0, expected)
  }

  #value(read: (bytes: Uint8Array, start: number, end: number) => number, column: number): number {
    const cell = this.#trimmed(column)
    return read(this.#cells.bytes, this.#cells.starts[cell] ?? 0, this.#cells.ends[cell] ?? 0)
  }

  /** The cell of a column, without the tabs that keep spreadsheets from taking it for a number. */
  #trimmed(column: number): number {
    const cell = column > this.#columns.subject ? column + this.#shift : column
    this.#cells.trim(cell)
    return cell
  }
}

const add = (sums: DetailSums, receivedFen: number): void => {
  sums.count += 1
  sums.receivedFen += receivedFen
}
