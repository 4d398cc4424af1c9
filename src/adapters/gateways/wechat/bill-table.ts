import type { WantedLines } from '../../../application/reconciliation/bill.ts'
import { BillBroken } from '../bill-broken.ts'
import { Cells } from '../bill-cells.ts'
import { countIn, fenIn, isIn } from '../bill-values.ts'

/** What the trade bill and the fund-flow bill do differently. */
export type TableContent = {
  /** The first name above the summary's values: nothing else tells where the rows end. */
  readonly summaryMark: string
  /** Once, before the rows; throws `BillBroken` where columns are missing. */
  header(columns: ColumnNames, cells: Cells): void
  /** What lies in the cells; a text tells why it can't be read. */
  row(line: number): string | undefined
  unreadable(line: number, reason: string, bytes: Buffer): void
  /** Throws `BillBroken` where it does not agree with the rows. */
  summary(values: SummaryValues): void
}

/** Where a column is: by any of its names, the first one that is there. */
export type ColumnNames = { readonly width: number; find(...names: readonly string[]): number | undefined }

/** The summary's values by name; `undefined` where there is none of these names, `NaN` where it is not readable. */
export type SummaryValues = {
  readonly count: (...names: readonly string[]) => number | undefined
  readonly fen: (...names: readonly string[]) => number | undefined
}

const BACKTICK = 0x60
const BYTE_ORDER_MARK = Buffer.from('efbbbf', 'hex')

/** WeChat Pay's files: names, rows with a backtick before each value, the summary's names, its values. */
export class BacktickedTable {
  readonly #content: TableContent
  readonly #mark: Buffer
  readonly #cells = new Cells()
  readonly #wanted: WantedLines | undefined
  #state: 'header' | 'rows' | 'summary' | 'done' = 'header'
  #summaryNames: ColumnNames = columnsOf('')
  #lines = 0

  constructor(content: TableContent, wanted?: WantedLines) {
    this.#content = content
    this.#wanted = wanted
    this.#mark = Buffer.from(content.summaryMark)
  }

  line(bytes: Buffer, start: number, end: number): void {
    this.#lines += 1
    switch (this.#state) {
      case 'header':
        this.#content.header(columnsOf(this.#withoutMark(bytes, start, end)), this.#cells)
        this.#state = 'rows'
        return
      case 'rows':
        this.#rowOrSummaryNames(bytes, start, end)
        return
      case 'summary':
        // Rows that were passed over add up to nothing.
        if (this.#wanted === undefined) this.#summary(bytes, start, end)
        this.#state = 'done'
        return
      case 'done':
        if (end > start) throw new BillBroken('汇总之后还有其他内容 (text behind the summary)')
        return
    }
  }

  /** After the last line. */
  end(): void {
    if (this.#state !== 'done') throw new BillBroken('文件被截断：没有汇总 (cut off: it ends before its summary)')
  }

  #withoutMark(bytes: Buffer, start: number, end: number): string {
    const marked = isIn(bytes, start, Math.min(start + BYTE_ORDER_MARK.length, end), BYTE_ORDER_MARK)
    return bytes.toString('utf8', marked ? start + BYTE_ORDER_MARK.length : start, end)
  }

  #rowOrSummaryNames(bytes: Buffer, start: number, end: number): void {
    if (isIn(bytes, start, Math.min(start + this.#mark.length, end), this.#mark)) {
      this.#summaryNames = columnsOf(bytes.toString('utf8', start, end))
      this.#state = 'summary'
      return
    }
    if (this.#wanted?.(this.#lines) === false) return
    const reason = this.#row(bytes, start, end)
    if (reason !== undefined) this.#content.unreadable(this.#lines, reason, bytes.subarray(start, end))
  }

  #row(bytes: Buffer, start: number, end: number): string | undefined {
    if (start === end || bytes[start] !== BACKTICK) return '没有反引号开头的数值 (no values behind backticks)'
    this.#cells.splitBackticked(bytes, start, end)
    return this.#content.row(this.#lines)
  }

  #summary(bytes: Buffer, start: number, end: number): void {
    const cells = this.#cells
    if (bytes[start] !== BACKTICK) throw new BillBroken('汇总没有数值 (no values under the names of the summary)')
    cells.splitBackticked(bytes, start, end)
    if (cells.count !== this.#summaryNames.width)
      throw new BillBroken('汇总的数值与列名不符 (not one value for each name of the summary)')
    const value =
      (read: typeof countIn) =>
      (...names: readonly string[]): number | undefined => {
        const at = this.#summaryNames.find(...names)
        return at === undefined ? undefined : read(bytes, cells.starts[at] ?? 0, cells.ends[at] ?? 0)
      }
    this.#content.summary({ count: value(countIn), fen: value(fenIn) })
  }
}

const columnsOf = (line: string): ColumnNames => {
  const names = line.split(',').map((name) => name.trim())
  const find = (...wanted: readonly string[]): number | undefined => {
    const name = wanted.find((one) => names.includes(one))
    return name === undefined ? undefined : names.indexOf(name)
  }
  return { width: names.length, find }
}
