import type { BillHead, BillReading, BillRow } from '../../../application/reconciliation/bill.ts'
import { BillBroken } from '../bill-broken.ts'
import { Cells } from '../bill-cells.ts'
import { type BillTable, unreadableRow } from '../bill-parts.ts'
import { isIn } from '../bill-values.ts'
import { type BillComments, type BillTotal, NO_COMMENTS, noteComment } from './bill-comments.ts'
import { detailColumns } from './detail-columns.ts'
import { type DetailEncoding, GBK, UTF_8, UTF_8_MARK } from './detail-encoding.ts'
import { DetailRows, type DetailSums } from './detail-rows.ts'

const HASH = 0x23

/**
 * The details of an Alipay bill: comments, names, rows, comments with totals. It works on the bytes: no second byte of a
 * GBK character looks like a comma, a line's end, a tab or a `#`.
 */
export class DetailTable implements BillTable {
  readonly rows: BillRow[] = []
  readonly #complete: boolean
  readonly #how: BillReading
  readonly #comments: BillComments = { ...NO_COMMENTS }
  readonly #cells = new Cells()
  #encoding: DetailEncoding = GBK
  #reading: DetailRows | undefined
  #unreadable = 0
  #lines = 0
  /** After the rows only comments follow. */
  #over = false

  /** `complete`: the file's wrapping vouches for it that nothing of it is missing. */
  constructor(how: BillReading, { complete }: { readonly complete: boolean }) {
    this.#how = how
    this.#complete = complete
  }

  line(bytes: Buffer, from: number, end: number): void {
    this.#lines += 1
    const start = this.#lines === 1 ? this.#behindMark(bytes, from, end) : from
    if (start < end && bytes[start] === HASH) this.#comment(bytes.subarray(start, end))
    else if (this.#reading === undefined) this.#header(bytes.subarray(start, end))
    else if (!this.#over) this.#row(this.#reading, bytes, start, end)
    else if (start < end) throw new BillBroken('明细之后还有其他内容 (text behind the list of rows)')
  }

  end(): BillHead {
    const { merchantId, day, payments, refunds, closed } = this.#comments
    if (this.#reading === undefined)
      throw new BillBroken('不是账单明细，或在明细之前被截断 (not the details of a bill, or cut off before its rows)')
    // Rows that were passed over add up to nothing.
    if (this.#how.wanted !== undefined) return { merchantId, day }
    if (payments !== undefined && refunds !== undefined) this.#check(this.#reading, payments, refunds)
    else if (this.#count(this.#reading) > 0)
      throw new BillBroken('文件被截断：没有合计 (cut off: it ends before its totals)')
    // A day without business may have a file of nothing but names.
    else if (!closed && !this.#complete)
      throw new BillBroken('文件被截断：明细不完整 (cut off: it ends before its rows do)')
    return { merchantId, day }
  }

  #behindMark(bytes: Buffer, start: number, end: number): number {
    const behind = start + UTF_8_MARK.length
    if (behind > end || !isIn(bytes, start, behind, UTF_8_MARK)) return start
    this.#encoding = UTF_8
    return behind
  }

  #comment(bytes: Uint8Array): void {
    if (this.#reading !== undefined) this.#over = true
    noteComment(this.#comments, this.#encoding.decoder.decode(bytes))
  }

  #header(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    const columns = detailColumns(this.#encoding.decoder.decode(bytes))
    this.#reading = new DetailRows(columns, this.#encoding, this.#cells)
  }

  #row(reading: DetailRows, bytes: Buffer, start: number, end: number): void {
    const { wanted, onRow } = this.#how
    if (wanted?.(this.#lines) === false) return
    this.#cells.splitAtCommas(bytes, start, end)
    const reason = reading.read(this.#lines)
    if (reason !== undefined) {
      this.rows.push(unreadableRow(this.#lines, reason, bytes.subarray(start, end), this.#encoding.decoder))
      this.#unreadable += 1
    } else if (onRow === undefined) this.rows.push(reading.row.toRow())
    else onRow(reading.row)
  }

  #check(reading: DetailRows, payments: BillTotal, refunds: BillTotal): void {
    const rows = this.#count(reading)
    if (payments.count + refunds.count !== rows)
      throw new BillBroken(`合计笔数与 ${rows} 行明细不符 (its totals count other rows than its ${rows})`)
    if (this.#unreadable === 0) {
      checkSums(reading.payments, payments, '交易合计')
      checkSums(reading.refunds, refunds, '退款合计')
    } else if (reading.payments.count > payments.count || reading.refunds.count > refunds.count)
      throw new BillBroken('合计笔数少于明细笔数 (its totals count fewer payments or refunds than can be read)')
  }

  #count({ payments, refunds }: DetailRows): number {
    return payments.count + refunds.count + this.#unreadable
  }
}

const checkSums = (own: DetailSums, stated: BillTotal, what: string): void => {
  if (own.count !== stated.count || own.receivedFen !== stated.receivedFen)
    throw new BillBroken(`明细之和与${what}不符 (its rows do not add up to its ${what})`)
}
