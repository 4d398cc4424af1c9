import type { z } from 'zod'
import { fen } from '../../../domain/money.ts'
import { parseShanghaiDay, type ShanghaiDay } from '../../../domain/shanghai-day.ts'
import { PayerRefused } from '../payer-refused.ts'
import type { Billed, Oddities, Oddity, SpoiltPart } from './billed.ts'
import type { BillDifference } from './difference-schemas.ts'

/** What was planted, with the row as the ledger has it, or as the bill invents it. */
export type Planted<R extends Billed> = { readonly day: ShanghaiDay } & (
  | { readonly kind: 'missing_row' | 'extra_row' | 'awkward_name'; readonly row: R }
  | { readonly kind: 'amount_off'; readonly row: R; readonly byFen: number }
  | { readonly kind: 'status_off'; readonly row: R; readonly status: string }
  | { readonly kind: 'unreadable_row'; readonly row: R; readonly cell: SpoiltPart }
  | { readonly kind: 'format'; readonly oddity: Oddity }
)
type PlantedRow<R extends Billed> = Extract<Planted<R>, { readonly row: R }>

/** What a gateway's ledger tells of a day, and what it can invent. */
export type BillBooks<R extends Billed> = {
  /** In time order. */
  rowsOf(day: ShanghaiDay): readonly R[]
  /** The payment of this number, of whatever day. */
  paymentOf(outTradeNo: string): R | undefined
  inventPayment(day: ShanghaiDay, amountFen: number | undefined): R
  inventRefund(payment: R, day: ShanghaiDay, amountFen: number | undefined): R
}

/** How a test plants differences. */
export type PlantedDifferences<D, R extends Billed> = {
  /** Plants all of them and tells which rows they are on, or plants none. */
  plant(...wanted: readonly D[]): readonly Planted<R>[]
  clear(): void
}

export const plantedThrough = <D, R extends Billed>(
  schema: z.ZodType<BillDifference, D>,
  differences: BillDifferences<R>,
): PlantedDifferences<D, R> => ({
  plant: (...wanted) => differences.plant(wanted.map((each) => schema.parse(each))),
  clear: () => differences.clear(),
})

/** What the bills say otherwise than the ledger. */
export class BillDifferences<R extends Billed> {
  readonly #books: BillBooks<R>
  readonly #changed: () => void
  #planted: Planted<R>[]

  constructor(books: BillBooks<R>, changed: () => void, planted: readonly Planted<R>[] = []) {
    this.#books = books
    this.#changed = changed
    this.#planted = [...planted]
  }

  /** Plants all of them, or throws `PayerRefused` and plants none. */
  plant(wanted: readonly BillDifference[]): readonly Planted<R>[] {
    const choice = new Choice(this.#books, this.#planted)
    const planted = wanted.map((each) => choice.planted(each))
    this.#planted.push(...planted)
    this.#changed()
    return planted
  }

  clear(): void {
    this.#planted = []
    this.#changed()
  }

  all(): readonly Planted<R>[] {
    return [...this.#planted]
  }

  oddities(day: ShanghaiDay): Oddities {
    return new Set(this.#planted.flatMap((each) => (each.day === day && each.kind === 'format' ? [each.oddity] : [])))
  }

  /** The rows of a day as its bill has them, in time order. */
  rowsOf(day: ShanghaiDay): readonly R[] {
    const planted = this.#planted.filter((each) => each.day === day).filter(isOfRow)
    const byKey = new Map(planted.map((each) => [keyOf(each.row), each]))
    const rows = this.#books.rowsOf(day).flatMap((row) => {
      const difference = byKey.get(keyOf(row))
      return difference === undefined ? [row] : changedRow(row, difference)
    })
    const invented = planted.flatMap((each) => (each.kind === 'extra_row' ? [each.row] : []))
    return invented.length === 0 ? rows : [...rows, ...invented].sort((a, b) => a.at - b.at)
  }
}

const isOfRow = <R extends Billed>(planted: Planted<R>): planted is PlantedRow<R> => planted.kind !== 'format'

const keyOf = ({ kind, outTradeNo, refundNo }: Billed): string => `${kind} ${outTradeNo} ${refundNo}`

const changedRow = <R extends Billed>(row: R, difference: PlantedRow<R>): readonly R[] => {
  switch (difference.kind) {
    case 'missing_row':
      return []
    case 'amount_off':
      return [{ ...row, amount: fen(row.amount + difference.byFen) }]
    case 'status_off':
      return [{ ...row, state: difference.status }]
    case 'unreadable_row':
      return [{ ...row, spoilt: difference.cell }]
    case 'awkward_name':
      return [{ ...row, title: `${row.title},"月",'年'` }]
    case 'extra_row':
      return [row] // Invented numbers are nobody else's.
  }
}

/** Finds the rows that are meant; no row is spoilt twice. */
class Choice<R extends Billed> {
  readonly #books: BillBooks<R>
  readonly #taken: Set<string>
  readonly #days = new Map<ShanghaiDay, DayRows<R>>()

  constructor(books: BillBooks<R>, planted: readonly Planted<R>[]) {
    this.#books = books
    this.#taken = new Set(planted.filter(isOfRow).map((each) => `${each.day} ${keyOf(each.row)}`))
  }

  planted(wanted: BillDifference): Planted<R> {
    const day = parseShanghaiDay(wanted.day)
    if (day === undefined) throw new PayerRefused('没有这一天')
    switch (wanted.kind) {
      case 'format':
        return { kind: wanted.kind, day, oddity: wanted.oddity }
      case 'extra_row':
        return { kind: wanted.kind, day, row: this.#invented(day, wanted) }
      case 'missing_row':
      case 'awkward_name':
        return { kind: wanted.kind, day, row: this.#chosen(day, wanted) }
      case 'unreadable_row':
        return { kind: wanted.kind, day, row: this.#chosen(day, wanted), cell: wanted.cell }
      case 'status_off': {
        const row = this.#chosen(day, wanted)
        return { kind: wanted.kind, day, row, status: wanted.status ?? (row.kind === 'payment' ? 'REVOKED' : 'FAIL') }
      }
      case 'amount_off': {
        const row = this.#chosen(day, wanted)
        if (row.amount + wanted.byFen <= row.discount) throw new PayerRefused('金额须大于零')
        return { kind: wanted.kind, day, row, byFen: wanted.byFen }
      }
    }
  }

  #invented(day: ShanghaiDay, wanted: Extract<BillDifference, { readonly kind: 'extra_row' }>): R {
    if (wanted.of === 'payment') return this.#books.inventPayment(day, wanted.amountFen)
    const payment =
      wanted.outTradeNo === undefined
        ? this.#rowsOf(day).inOrder.find(({ kind }) => kind === 'payment')
        : this.#books.paymentOf(wanted.outTradeNo)
    if (payment === undefined) throw new PayerRefused('没有可以退款的支付')
    return this.#books.inventRefund(payment, day, wanted.amountFen)
  }

  /** The row that is named, else the first that nothing has been planted on. */
  #chosen(day: ShanghaiDay, wanted: RowWanted): R {
    const { inOrder, byNumber } = this.#rowsOf(day)
    const named = wanted.outTradeNo !== undefined || wanted.refundNo !== undefined
    const candidates = named ? (byNumber.get(wanted.refundNo ?? wanted.outTradeNo ?? '') ?? []) : inOrder
    const row = candidates.find((each) => isMeant(each, wanted) && !this.#taken.has(`${day} ${keyOf(each)}`))
    if (row === undefined) throw new PayerRefused('账单中没有这一行，或它已另有差异')
    this.#taken.add(`${day} ${keyOf(row)}`)
    return row
  }

  #rowsOf(day: ShanghaiDay): DayRows<R> {
    const known = this.#days.get(day)
    if (known !== undefined) return known
    const inOrder = this.#books.rowsOf(day)
    const byNumber = Map.groupBy(inOrder, (row) => (row.kind === 'payment' ? row.outTradeNo : row.refundNo))
    this.#days.set(day, { inOrder, byNumber })
    return { inOrder, byNumber }
  }
}

type DayRows<R> = { readonly inOrder: readonly R[]; readonly byNumber: ReadonlyMap<string, readonly R[]> }

type RowWanted = {
  readonly of?: 'payment' | 'refund' | undefined
  readonly outTradeNo?: string | undefined
  readonly refundNo?: string | undefined
}

const isMeant = (row: Billed, { of, outTradeNo, refundNo }: RowWanted): boolean => {
  const kind = of ?? (refundNo !== undefined ? 'refund' : outTradeNo !== undefined ? 'payment' : row.kind)
  return (
    row.kind === kind &&
    (outTradeNo === undefined || row.outTradeNo === outTradeNo) &&
    (refundNo === undefined || row.refundNo === refundNo)
  )
}
