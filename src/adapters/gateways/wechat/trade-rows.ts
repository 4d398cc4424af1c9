import type { ReadableRow } from '../../../application/reconciliation/bill.ts'
import { fen, MAX_AMOUNT_FEN } from '../../../domain/money.ts'
import type { Cells } from '../bill-cells.ts'
import { fenIn, isIn, numberIn, roundedFenIn, timeIn } from '../bill-values.ts'
import { shiftOf, type TradeColumns } from './trade-columns.ts'

/** The money columns of one row, or of all rows together, in fen. */
export type TradeAmounts = { price: number; settled: number; refund: number; refundSettled: number }

type PaymentRow = Extract<ReadableRow, { kind: 'payment' }>
type RefundRow = Extract<ReadableRow, { kind: 'refund' }>
type Facts = Pick<PaymentRow, 'line' | 'outTradeNo' | 'transactionId' | 'feeFen' | 'at'>

const SUCCESS = Buffer.from('SUCCESS')
const REFUND = Buffer.from('REFUND')
const REFUND_STATES: ReadonlyMap<string, RefundRow['status']> = new Map([
  ['SUCCESS', 'success'],
  ['PROCESSING', 'processing'],
  ['FAIL', 'failed'],
  ['CHANGE', 'failed'], // The payer's account did not take it, and the merchant has to see to it.
])
/** However a state may be called that is newer than this code; what looks otherwise is damaged. */
const STATE = /^[A-Z_]{1,32}$/
/** Stands for a number where there is none. */
const NO_NUMBER = '0'

/** Reads the rows of one trade bill and adds up what they hold. */
export class TradeRows {
  readonly sums: TradeAmounts = { price: 0, settled: 0, refund: 0, refundSettled: 0 }
  readonly #row: TradeAmounts = { ...this.sums }
  readonly #columns: TradeColumns
  readonly #cells: Cells
  #shift = 0

  constructor(columns: TradeColumns, cells: Cells) {
    this.#columns = columns
    this.#cells = cells
  }

  /** The row that lies in the cells, or why it can't be read. */
  read(line: number): ReadableRow | string {
    const columns = this.#columns
    const shift = shiftOf(this.#cells, columns)
    if (shift === undefined) return `${this.#cells.count} cells under ${columns.width} names`
    this.#shift = shift
    const at = this.#value(timeIn, columns.at)
    if (Number.isNaN(at)) return 'no readable time'
    const transactionId = this.#number(columns.transactionId)
    const outTradeNo = this.#number(columns.outTradeNo)
    if (!transactionId || !outTradeNo) return 'no readable number of the payment'
    const feeFen = this.#value(roundedFenIn, columns.fee)
    if (Number.isNaN(feeFen)) return 'no readable fee'
    if (!this.#readAmounts()) return 'no readable amount'
    const row = this.#rowOf({ line, outTradeNo, transactionId, feeFen, at })
    if (typeof row !== 'string') this.#add()
    return row
  }

  #rowOf(facts: Facts): ReadableRow | string {
    if (this.#is(this.#columns.state, SUCCESS)) return this.#payment(facts, 'success', 'SUCCESS')
    if (this.#is(this.#columns.state, REFUND)) return this.#refund(facts)
    const state = this.#text(this.#columns.state)
    if (!STATE.test(state)) return 'neither a payment nor a refund'
    // A payment taken back at the counter is a refund under a name of its own, REVOKED.
    return this.#number(this.#columns.refundId) === '' ? this.#payment(facts, 'other', state) : this.#refund(facts)
  }

  #payment(facts: Facts, status: PaymentRow['status'], statusText: string): PaymentRow {
    const { line, outTradeNo, transactionId, feeFen, at } = facts
    const { price, settled } = this.#row
    return {
      kind: 'payment', // One literal: a spread in a million of them takes longer than all the rest.
      line,
      outTradeNo,
      transactionId,
      amount: fen(price),
      feeFen,
      netFen: settled - feeFen,
      at,
      status,
      statusText,
    }
  }

  #refund({ line, outTradeNo, transactionId, feeFen, at }: Facts): RefundRow | string {
    if (this.#columns.refund === -1) return 'a refund in a bill without columns for it'
    const refundNo = this.#number(this.#columns.refundNo)
    const refundId = this.#number(this.#columns.refundId)
    if (refundNo === undefined || !refundId) return 'no readable number of the refund'
    const { refund, refundSettled } = this.#row
    const statusText = this.#is(this.#columns.refundState, SUCCESS) ? 'SUCCESS' : this.#text(this.#columns.refundState)
    const status = REFUND_STATES.get(statusText) ?? 'other'
    return {
      kind: 'refund',
      line,
      outTradeNo,
      transactionId,
      refundNo,
      refundId,
      amount: fen(refund),
      feeFen,
      netFen: 0 - refundSettled - feeFen,
      at,
      status,
      statusText,
    }
  }

  /** All four, since the summary adds up all four over all rows. */
  #readAmounts(): boolean {
    const { price, settled, refund, refundSettled } = this.#columns
    this.#row.price = this.#amount(price)
    this.#row.settled = this.#amount(settled)
    this.#row.refund = this.#amount(refund)
    this.#row.refundSettled = this.#amount(refundSettled)
    return !Number.isNaN(this.#row.price + this.#row.settled + this.#row.refund + this.#row.refundSettled)
  }

  #add(): void {
    this.sums.price += this.#row.price
    this.sums.settled += this.#row.settled
    this.sums.refund += this.#row.refund
    this.sums.refundSettled += this.#row.refundSettled
  }

  /** `NaN` unless it is one that an order can have. */
  #amount(column: number): number {
    if (column === -1) return 0
    const value = this.#value(fenIn, column)
    return value >= 0 && value <= MAX_AMOUNT_FEN ? value : Number.NaN
  }

  /** Empty where there is none, `undefined` where there is something that is none. */
  #number(column: number): string | undefined {
    if (column === -1) return ''
    const cell = this.#cellOf(column)
    const start = this.#cells.starts[cell] ?? 0
    const end = this.#cells.ends[cell] ?? 0
    if (start === end) return ''
    const number = numberIn(this.#cells.bytes, start, end)
    return number === NO_NUMBER ? '' : number
  }

  #is(column: number, expected: Uint8Array): boolean {
    if (column === -1) return false
    const cell = this.#cellOf(column)
    return isIn(this.#cells.bytes, this.#cells.starts[cell] ?? 0, this.#cells.ends[cell] ?? 0, expected)
  }

  #text(column: number): string {
    if (column === -1) return ''
    const cell = this.#cellOf(column)
    return this.#cells.bytes.toString('utf8', this.#cells.starts[cell], this.#cells.ends[cell]).slice(0, 32)
  }

  #value(read: (bytes: Uint8Array, start: number, end: number) => number, column: number): number {
    const cell = this.#cellOf(column)
    return read(this.#cells.bytes, this.#cells.starts[cell] ?? 0, this.#cells.ends[cell] ?? 0)
  }

  /** Before the merchant's texts counted from the left, behind them from the right. */
  #cellOf(column: number): number {
    return column > this.#columns.lastText ? column + this.#shift : column
  }
}
