import type { ReadableRow, RowGlance } from '../../application/reconciliation/bill.ts'
import { ZERO_FEN } from '../../domain/money.ts'
import type { Cells } from './bill-cells.ts'
import { isIn, isNumberIn } from './bill-values.ts'

type Span = { start: number; end: number }

/** What was read of one row, over again for each: its numbers stay in the file's bytes until somebody wants a row of it. */
export class RowInCells implements RowGlance {
  kind: RowGlance['kind'] = 'payment'
  line = 0
  bytes: Buffer = Buffer.alloc(0)
  readonly outTradeNo: Span = { start: 0, end: 0 }
  readonly transactionId: Span = { start: 0, end: 0 }
  readonly refundNo: Span = { start: 0, end: 0 }
  readonly refundId: Span = { start: 0, end: 0 }
  amount = ZERO_FEN
  feeFen = 0
  netFen = 0
  at = 0
  status: RowGlance['status'] = 'success'
  statusText = ''

  get ownNumber(): Span {
    if (this.kind === 'payment') return this.transactionId
    return isEmpty(this.refundNo) ? this.refundId : this.refundNo
  }

  toRow(): ReadableRow {
    const { kind, line, amount, feeFen, netFen, at, status, statusText } = this
    const numbers = { outTradeNo: this.#textIn(this.outTradeNo), transactionId: this.#textIn(this.transactionId) }
    const facts = { line, ...numbers, amount, feeFen, netFen, at, statusText }
    if (kind === 'payment') return { kind, ...facts, status: status === 'success' ? status : 'other' }
    const refundId = isEmpty(this.refundId) ? undefined : this.#textIn(this.refundId)
    return { kind, ...facts, status, refundNo: this.#textIn(this.refundNo), refundId }
  }

  #textIn({ start, end }: Span): string {
    return this.bytes.toString('latin1', start, end)
  }
}

export const isEmpty = ({ start, end }: Span): boolean => start === end

type Read = (bytes: Uint8Array, start: number, end: number) => number

/** The cells of a row by their columns. */
export class CellsOfColumns {
  readonly #cells: Cells
  readonly #lastText: number
  readonly #isPadded: boolean
  /** How far the cells behind the merchant's texts are from their columns. */
  shift = 0

  /** `isPadded`: there may be tabs around a value, which keep spreadsheets from taking it for a number. */
  constructor(cells: Cells, { lastText, isPadded }: { readonly lastText: number; readonly isPadded: boolean }) {
    this.#cells = cells
    this.#lastText = lastText
    this.#isPadded = isPadded
  }

  value(read: Read, column: number): number {
    const cell = this.#cellOf(column)
    return read(this.#cells.bytes, this.#cells.starts[cell] ?? 0, this.#cells.ends[cell] ?? 0)
  }

  is(column: number, expected: Uint8Array): boolean {
    const cell = this.#cellOf(column)
    return isIn(this.#cells.bytes, this.#cells.starts[cell] ?? 0, this.#cells.ends[cell] ?? 0, expected)
  }

  text(column: number): string {
    const cell = this.#cellOf(column)
    return this.#cells.bytes.toString('utf8', this.#cells.starts[cell], this.#cells.ends[cell])
  }

  /** Notes where a number lies; `false` where something lies there that is none. */
  number(column: number, span: Span): boolean {
    const cell = this.#cellOf(column)
    span.start = this.#cells.starts[cell] ?? 0
    span.end = this.#cells.ends[cell] ?? 0
    return isEmpty(span) || isNumberIn(this.#cells.bytes, span.start, span.end)
  }

  /** Before the merchant's texts counted from the left, behind them from the right. */
  #cellOf(column: number): number {
    const cell = column > this.#lastText ? column + this.shift : column
    if (this.#isPadded) this.#cells.trim(cell)
    return cell
  }
}
