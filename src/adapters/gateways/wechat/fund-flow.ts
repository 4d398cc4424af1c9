import { err, ok, type Result } from 'neverthrow'
import type { BillContent, BillFormat, FundFlow } from '../../../application/reconciliation/bill.ts'
import { BillBroken } from '../bill-broken.ts'
import { Cells } from '../bill-cells.ts'
import { takeLines, wholeLines } from '../bill-lines.ts'
import { BillSource } from '../bill-source.ts'
import { fenIn, isIn, timeIn } from '../bill-values.ts'
import { BacktickedTable, type ColumnNames, type SummaryValues, type TableContent } from './bill-table.ts'
import { billBytes } from './bill.ts'

type Side = { count: number; fen: number }
type Business = { incomeFen: number; expenseFen: number }

const INCOME = Buffer.from('收入')
const EXPENSE = Buffer.from('支出')
/** WeChat Pay knows some twenty kinds of business; a file that names more is none of its. */
const MOST_KINDS = 1000

/** Adds up WeChat Pay's fund-flow bill of one day, packed or plain. */
export const readFundFlow = async (
  _format: BillFormat,
  content: BillContent,
): Promise<Result<FundFlow, { readonly code: 'BILL_BROKEN'; readonly reason: string }>> => {
  const source = new BillSource(content)
  const flow = new FundFlowBill()
  const table = new BacktickedTable(flow)
  try {
    for await (const lines of wholeLines(await billBytes(source)))
      takeLines(lines, 0, (bytes, start, end) => {
        table.line(bytes, start, end)
        return false
      })
    table.end()
    return ok(flow.total())
  } catch (error) {
    if (!(error instanceof BillBroken)) throw error
    return err({ code: 'BILL_BROKEN', reason: error.message })
  }
}

/** What the rows add up to, on each side and for each kind of business, and whether the summary agrees. */
class FundFlowBill implements TableContent {
  readonly summaryMark = '资金流水总笔数'
  readonly #income: Side = { count: 0, fen: 0 }
  readonly #expense: Side = { count: 0, fen: 0 }
  readonly #byBusiness = new Map<string, Business>()
  #columns = { width: 0, at: 0, business: 0, side: 0, amount: 0 }
  #cells = new Cells()
  #unreadable = 0

  header(names: ColumnNames, cells: Cells): void {
    const needed = (...wanted: string[]): number => {
      const at = names.find(...wanted)
      if (at === undefined)
        throw new BillBroken(`不是资金账单：缺少“${wanted[0]}”列 (not a fund-flow bill: it has no column ${wanted[0]})`)
      return at
    }
    this.#cells = cells
    this.#columns = {
      width: names.width,
      at: needed('记账时间'),
      business: needed('业务类型'),
      side: needed('收支类型'),
      amount: needed('收支金额(元)', '收支金额（元）'),
    }
  }

  row(): string | undefined {
    const { width, at, business, side, amount } = this.#columns
    // Behind what we read there is free text, in which a border may seem to be.
    if (this.#cells.count < width || this.#cells.tooMany) return `${this.#cells.count} cells under ${width} names`
    if (Number.isNaN(this.#value(timeIn, at))) return '时间无法识别 (no readable time)'
    const fen = this.#value(fenIn, amount)
    if (!(fen >= 0)) return '金额无法识别 (no readable amount)'
    if (this.#is(side, INCOME)) this.#add(this.#income, this.#text(business), 'incomeFen', fen)
    else if (this.#is(side, EXPENSE)) this.#add(this.#expense, this.#text(business), 'expenseFen', fen)
    else return '既不是收入也不是支出 (neither 收入 nor 支出)'
    return undefined
  }

  unreadable(): void {
    this.#unreadable += 1
  }

  summary({ count, fen }: SummaryValues): void {
    const agrees = (stated: number | undefined, own: number, what: string): void => {
      if (stated !== own) throw new BillBroken(`明细与${what}不符 (its rows do not agree with its ${what})`)
    }
    agrees(count('资金流水总笔数'), this.#rows(), '资金流水总笔数')
    // What cannot be read is missing in our sums.
    if (this.#unreadable > 0) return
    agrees(count('收入笔数'), this.#income.count, '收入笔数')
    agrees(fen('收入金额'), this.#income.fen, '收入金额')
    agrees(count('支出笔数'), this.#expense.count, '支出笔数')
    agrees(fen('支出金额'), this.#expense.fen, '支出金额')
  }

  total(): FundFlow {
    const byBusiness = [...this.#byBusiness].map(([business, sums]) => ({ business, ...sums }))
    return {
      rows: this.#rows(),
      unreadable: this.#unreadable,
      income: { ...this.#income },
      expense: { ...this.#expense },
      byBusiness,
    }
  }

  #rows(): number {
    return this.#income.count + this.#expense.count + this.#unreadable
  }

  #add(side: Side, business: string, direction: keyof Business, fen: number): void {
    side.count += 1
    side.fen += fen
    const sums = this.#byBusiness.get(business) ?? { incomeFen: 0, expenseFen: 0 }
    sums[direction] += fen
    this.#byBusiness.set(business, sums)
    if (this.#byBusiness.size > MOST_KINDS) throw new BillBroken('业务类型过多 (more kinds of business than there are)')
  }

  #value(read: (bytes: Uint8Array, start: number, end: number) => number, cell: number): number {
    return read(this.#cells.bytes, this.#cells.starts[cell] ?? 0, this.#cells.ends[cell] ?? 0)
  }

  #is(cell: number, expected: Uint8Array): boolean {
    return isIn(this.#cells.bytes, this.#cells.starts[cell] ?? 0, this.#cells.ends[cell] ?? 0, expected)
  }

  #text(cell: number): string {
    return this.#cells.bytes.toString('utf8', this.#cells.starts[cell], this.#cells.ends[cell]).slice(0, 64)
  }
}
