import type { BillHead, BillReading, BillRow } from '../../../application/reconciliation/bill.ts'
import { shanghaiDayOf, startOfDay } from '../../../domain/shanghai-day.ts'
import { BillBroken } from '../bill-broken.ts'
import type { Cells } from '../bill-cells.ts'
import { unreadableRow } from '../bill-parts.ts'
import { isIn } from '../bill-values.ts'
import type { ColumnNames, SummaryValues, TableContent } from './bill-table.ts'
import { type TradeColumns, tradeColumns } from './trade-columns.ts'
import { TradeRows } from './trade-rows.ts'

const DAY_MS = 86_400_000
const decoder = new TextDecoder()

/** The content of a trade bill: its rows, whom and which day they are all of, and whether its summary agrees. */
export class TradeBill implements TableContent {
  readonly summaryMark = '总交易单数'
  readonly rows: BillRow[] = []
  #reading: { readonly columns: TradeColumns; readonly cells: Cells; readonly rows: TradeRows } | undefined
  #readable = 0
  #unreadable = 0
  readonly #onRow: BillReading['onRow']
  /** `none` where rows differ. */
  #merchant: Buffer | 'none' | undefined
  #dayStart: number | 'none' | undefined

  constructor({ onRow }: BillReading) {
    this.#onRow = onRow
  }

  header(names: ColumnNames, cells: Cells): void {
    const columns = tradeColumns(names)
    this.#reading = { columns, cells, rows: new TradeRows(columns, cells) }
  }

  row(line: number): string | undefined {
    if (this.#reading === undefined) throw new Error('a row before its header')
    const reason = this.#reading.rows.read(line)
    if (reason !== undefined) return reason
    const { row } = this.#reading.rows
    if (this.#onRow === undefined) this.rows.push(row.toRow())
    else this.#onRow(row)
    this.#readable += 1
    this.#noteDay(row.at)
    this.#noteMerchant(this.#reading.cells, this.#reading.columns.merchantId)
    return undefined
  }

  unreadable(line: number, reason: string, bytes: Buffer): void {
    this.rows.push(unreadableRow(line, reason, bytes, decoder))
    this.#unreadable += 1
  }

  summary({ count, fen }: SummaryValues): void {
    const rows = this.#readable + this.#unreadable
    if (count('总交易单数') !== rows)
      throw new BillBroken(`汇总笔数与 ${rows} 行明细不符 (its summary counts other rows than its ${rows})`)
    // What cannot be read is missing in our sums.
    if (this.#unreadable > 0 || this.#reading === undefined) return
    const { price, settled, refund, refundSettled } = this.#reading.rows.sums
    const { columns } = this.#reading
    const agree = (sum: number, column: number, ...names: string[]): void => {
      const stated = column === -1 ? undefined : fen(...names)
      if (stated !== undefined && stated !== sum)
        throw new BillBroken(`明细之和与${names[0]}不符 (its rows do not add up to its ${names[0]})`)
    }
    agree(price, columns.price, '订单总金额', '总交易额')
    agree(settled, columns.settled, '应结订单总金额', '总交易额')
    agree(refund, columns.refund, '申请退款总金额')
    agree(refundSettled, columns.refundSettled, '退款总金额', '总退款金额')
  }

  head(): BillHead {
    const merchantId = this.#merchant instanceof Buffer ? this.#merchant.toString('utf8') : undefined
    const day = typeof this.#dayStart === 'number' ? shanghaiDayOf(new Date(this.#dayStart)) : undefined
    return { merchantId, day }
  }

  #noteDay(at: number): void {
    this.#dayStart ??= startOfDay(shanghaiDayOf(new Date(at))).getTime()
    if (this.#dayStart !== 'none' && (at < this.#dayStart || at >= this.#dayStart + DAY_MS)) this.#dayStart = 'none'
  }

  #noteMerchant({ bytes, starts, ends }: Cells, column: number): void {
    if (this.#merchant === 'none') return
    const start = starts[column] ?? 0
    const end = ends[column] ?? 0
    this.#merchant ??= Buffer.from(bytes.subarray(start, end))
    if (!isIn(bytes, start, end, this.#merchant)) this.#merchant = 'none'
  }
}
