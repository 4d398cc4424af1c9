import type { ReadableRow } from '../../../application/reconciliation/bill.ts'
import { fen, MAX_AMOUNT_FEN } from '../../../domain/money.ts'
import type { Cells } from '../bill-cells.ts'
import { fenIn, isIn, roundedFenIn, timeIn } from '../bill-values.ts'
import { CellsOfColumns, isEmpty, RowInCells } from '../row-in-cells.ts'
import { shiftOf, type TradeColumns } from './trade-columns.ts'

/** The money columns of one row, or of all rows together, in fen. */
export type TradeAmounts = { price: number; settled: number; refund: number; refundSettled: number }

type RefundStatus = Extract<ReadableRow, { kind: 'refund' }>['status']
type Span = RowInCells['refundNo']

const SUCCESS = Buffer.from('SUCCESS')
const REFUND = Buffer.from('REFUND')
const REFUND_STATES: ReadonlyMap<string, RefundStatus> = new Map([
  ['SUCCESS', 'success'],
  ['PROCESSING', 'processing'],
  ['FAIL', 'failed'],
  ['CHANGE', 'failed'], // The payer's account did not take it, and the merchant has to see to it.
])
/** However a state may be called that is newer than this code; what looks otherwise is damaged. */
const STATE = /^[A-Z_]{1,32}$/
const LONGEST_STATE = 32
/** Stands for a number where there is none. */
const NO_NUMBER = Buffer.from('0')

/** Reads the rows of one trade bill and adds up what they hold. */
export class TradeRows {
  readonly sums: TradeAmounts = { price: 0, settled: 0, refund: 0, refundSettled: 0 }
  /** The one that was read last. */
  readonly row = new RowInCells()
  readonly #amounts: TradeAmounts = { ...this.sums }
  readonly #columns: TradeColumns
  readonly #cells: Cells
  readonly #values: CellsOfColumns

  constructor(columns: TradeColumns, cells: Cells) {
    this.#columns = columns
    this.#cells = cells
    this.#values = new CellsOfColumns(cells, { lastText: columns.lastText, isPadded: false })
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
    row.at = this.#values.value(timeIn, columns.at)
    if (Number.isNaN(row.at)) return '时间无法识别 (no readable time)'
    if (!this.#needs(columns.transactionId, row.transactionId) || !this.#needs(columns.outTradeNo, row.outTradeNo))
      return '支付单号无法识别 (no readable number of the payment)'
    row.feeFen = this.#values.value(roundedFenIn, columns.fee)
    if (Number.isNaN(row.feeFen)) return '手续费无法识别 (no readable fee)'
    if (!this.#readAmounts()) return '金额无法识别 (no readable amount)'
    const reason = this.#readKind()
    if (reason === undefined) this.#add()
    return reason
  }

  #readKind(): string | undefined {
    const column = this.#columns.state
    if (this.#values.is(column, SUCCESS)) return this.#payment('success', 'SUCCESS')
    if (this.#values.is(column, REFUND)) return this.#refund()
    const state = this.#stateIn(column)
    if (!STATE.test(state)) return '既不是支付也不是退款 (neither a payment nor a refund)'
    // A payment taken back at the counter is a refund under a name of its own, REVOKED.
    const isPayment = this.#number(this.#columns.refundId, this.row.refundId) && isEmpty(this.row.refundId)
    return isPayment ? this.#payment('other', state) : this.#refund()
  }

  #payment(status: 'success' | 'other', statusText: string): undefined {
    const { row } = this
    const { price, settled } = this.#amounts
    row.kind = 'payment'
    row.amount = fen(price)
    row.netFen = settled - row.feeFen
    row.status = status
    row.statusText = statusText
    return undefined
  }

  #refund(): string | undefined {
    const columns = this.#columns
    const { row } = this
    if (columns.refund === -1) return '账单没有退款列却有退款 (a refund in a bill without columns for it)'
    if (!this.#number(columns.refundNo, row.refundNo) || !this.#needs(columns.refundId, row.refundId))
      return '退款单号无法识别 (no readable number of the refund)'
    const { refund, refundSettled } = this.#amounts
    row.kind = 'refund'
    row.amount = fen(refund)
    row.netFen = 0 - refundSettled - row.feeFen
    row.statusText = columns.refundState === -1 ? '' : this.#stateIn(columns.refundState)
    row.status = REFUND_STATES.get(row.statusText) ?? 'other'
    return undefined
  }

  #stateIn(column: number): string {
    return this.#values.is(column, SUCCESS) ? 'SUCCESS' : this.#values.text(column).slice(0, LONGEST_STATE)
  }

  /** All four, since the summary adds up all four over all rows. */
  #readAmounts(): boolean {
    const { price, settled, refund, refundSettled } = this.#columns
    this.#amounts.price = this.#amount(price)
    this.#amounts.settled = this.#amount(settled)
    this.#amounts.refund = this.#amount(refund)
    this.#amounts.refundSettled = this.#amount(refundSettled)
    return !Number.isNaN(
      this.#amounts.price + this.#amounts.settled + this.#amounts.refund + this.#amounts.refundSettled,
    )
  }

  #add(): void {
    this.sums.price += this.#amounts.price
    this.sums.settled += this.#amounts.settled
    this.sums.refund += this.#amounts.refund
    this.sums.refundSettled += this.#amounts.refundSettled
  }

  /** `NaN` unless it is one that an order can have. */
  #amount(column: number): number {
    if (column === -1) return 0
    const value = this.#values.value(fenIn, column)
    return value >= 0 && value <= MAX_AMOUNT_FEN ? value : Number.NaN
  }

  #needs(column: number, span: Span): boolean {
    return this.#number(column, span) && !isEmpty(span)
  }

  /** Notes where a number lies, if there is one; `false` where something lies there that is none. */
  #number(column: number, span: Span): boolean {
    if (column === -1) {
      span.start = span.end
      return true
    }
    if (!this.#values.number(column, span)) return false
    if (isIn(this.#cells.bytes, span.start, span.end, NO_NUMBER)) span.start = span.end
    return true
  }
}
