import type { Difference } from '../../domain/discrepancy.ts'
import type { Provider } from '../../domain/payment.ts'
import type { ReconciliationSummary } from '../../domain/reconciliation.ts'
import { addDays, startOfDay } from '../../domain/shanghai-day.ts'
import type { Span } from '../page.ts'
import type { Randomness } from '../randomness.ts'
import { AbsentRows } from './absent-rows.ts'
import type { BillArchive } from './bill-archive.ts'
import { BillIndex, type RowStanding } from './bill-index.ts'
import type { KeptBill } from './bill-repository.ts'
import { BillTally } from './bill-tally.ts'
import type { BillHead, BillReading, BillRow, ReadableRow, ReadBill, RowGlance } from './bill.ts'
import {
  type Classified,
  classifyPayment,
  classifyRefund,
  duplicateDifference,
  refundNumberOf,
  unreadableDifference,
} from './classify.ts'
import type { DayBooks } from './day-books.ts'
import { NumberHash } from './number-hash.ts'

export type CompareRequest = {
  readonly bill: KeptBill
  /** Whose bill it has to be; undefined where that is not known here. */
  readonly merchantId: string | undefined
}

/** A comparison as it goes on; the last part is `done` or `broken`. */
export type ComparisonPart =
  /** In thousandths. */
  | { readonly type: 'progress'; readonly done: number }
  | {
      readonly type: 'found'
      readonly differences: readonly Difference[]
      /** What was matched with something that the books have on another day. */
      readonly elsewhere: readonly string[]
    }
  | { readonly type: 'done'; readonly summary: ReconciliationSummary }
  /** Nothing in the file may be believed, and nothing was found. */
  | { readonly type: 'broken'; readonly reason: string }

/** Holds a day's bill against the books, both ways. */
export type CompareBill = (request: CompareRequest) => AsyncIterable<ComparisonPart>

export type CompareDeps = {
  readonly archive: Pick<BillArchive, 'open'>
  readonly books: DayBooks
  readonly readBill: (provider: Provider) => ReadBill
  readonly randomness: Randomness
}

const PAGE = 500
/** How the time goes: reading the bill, reading the books, and looking at what differs. */
const [READ_UP_TO, BOOKS_UP_TO, ALL] = [400, 700, 1000] as const

/**
 * Reads the bill once into an index of 19 bytes a row and lets the books pass by. Only what then does not match is read
 * again, and looked up by its number: it may belong to another day, or have another number here. Nothing is told before
 * the bill is known to be whole. Memory grows with the rows by those bytes alone.
 */
export const compareBill = (deps: CompareDeps): CompareBill =>
  async function* (request) {
    let told = -1
    const comparison = begin(deps, request)
    try {
      for await (const part of partsOf(comparison)) {
        if (part.type === 'progress' && part.done === told) continue // Whoever listens may be in another thread.
        if (part.type === 'progress') told = part.done
        yield part
      }
    } finally {
      comparison.index.release()
    }
  }

const partsOf = async function* (comparison: Comparison): AsyncGenerator<ComparisonPart> {
  const broken = yield* indexBill(comparison)
  if (broken !== undefined) {
    yield { type: 'broken', reason: broken }
    return
  }
  yield* meetBooks(comparison)
  yield* examineRows(comparison)
  for await (const differences of comparison.absent.differences(comparison.span)) {
    for (const difference of differences) comparison.tally.differs(difference)
    yield { type: 'found', differences, elsewhere: [] }
  }
  yield { type: 'done', summary: comparison.tally.summary }
}

type Comparison = CompareDeps &
  CompareRequest & {
    readonly span: Span
    readonly index: BillIndex
    readonly hash: NumberHash
    readonly tally: BillTally
    readonly absent: AbsentRows
    /** Rows that have to be looked at by themselves. */
    open: number
  }

const begin = (deps: CompareDeps, request: CompareRequest): Comparison => {
  const { day, provider } = request.bill
  const span = { from: startOfDay(day), to: startOfDay(addDays(day, 1)) }
  const index = new BillIndex()
  const hash = new NumberHash(seedsOf(deps.randomness))
  const absent = new AbsentRows({ books: deps.books, provider, index, hash })
  return { ...deps, ...request, span, index, hash, tally: new BillTally(), absent, open: 0 }
}

const seedsOf = (randomness: Randomness): readonly [number, number] => {
  const bytes = randomness.bytes(8)
  const seed = (at: number): number => bytes.slice(at, at + 4).reduce((sum, byte) => sum * 256 + byte, 0)
  return [seed(0), seed(4)]
}

/** The first reading; gives why the file can't be believed, where it can't. */
const indexBill = async function* (comparison: Comparison): AsyncGenerator<ComparisonPart, string | undefined> {
  const { bill, index, tally } = comparison
  for await (const part of readerOf(comparison, { onRow: (row) => indexRow(comparison, row) })) {
    switch (part.type) {
      case 'rows':
        for (const _ of part.rows) tally.unreadableRow() // All others were given to `onRow`.
        yield progress(0, READ_UP_TO, part.bytesRead, bill.size)
        break
      case 'broken':
        return part.reason
      case 'end': {
        const stranger = notThisBill(comparison, part.head)
        if (stranger !== undefined) return stranger
        index.seal()
        comparison.open = tally.summary.remoteCount
        return undefined
      }
    }
  }
  return '账单没有结尾 (the bill has no end)'
}

const readerOf = ({ bill, archive, readBill }: Comparison, reading: BillReading) =>
  readBill(bill.provider)(bill.format, archive.open(bill), reading)

const indexRow = ({ index, hash, tally }: Comparison, row: RowGlance): void => {
  tally.row(row)
  hash.row(row)
  index.add(hash.high, hash.low, isPlain(row) ? row.amount : undefined, row.line)
}

/** Whether nothing about it but number and amount needs to be looked at. */
const isPlain = ({ status }: RowGlance): boolean => status === 'success' || status === 'processing'

const notThisBill = ({ bill, merchantId }: Comparison, head: BillHead): string | undefined => {
  if (head.day !== undefined && head.day !== bill.day)
    return `这是 ${head.day} 的账单，不是 ${bill.day} 的 (the bill is of ${head.day}, not of ${bill.day})`
  if (merchantId !== undefined && head.merchantId !== undefined && head.merchantId !== merchantId)
    return `这是商户 ${head.merchantId} 的账单，不是 ${merchantId} 的 (the bill is of merchant ${head.merchantId}, not of ${merchantId})`
  return undefined
}

/** The day's payments and refunds, each held against the index. */
const meetBooks = async function* (comparison: Comparison): AsyncGenerator<ComparisonPart> {
  const { tally, absent, span } = comparison
  const expected = Math.max(1, comparison.open)
  let met = 0
  for await (const { standings, receipts, refunds } of absent.meet(span, PAGE)) {
    for (const { amount } of receipts) tally.receipt(amount)
    for (const { amount } of refunds) tally.refund(amount)
    for (const standing of standings) {
      if (standing !== 'matched') continue
      tally.matched()
      comparison.open -= 1
    }
    met += standings.length
    yield progress(READ_UP_TO, BOOKS_UP_TO, met, expected)
  }
}

/** The second reading, of those rows only that were not matched; where all were, there is none. */
const examineRows = async function* (comparison: Comparison): AsyncGenerator<ComparisonPart> {
  if (comparison.open === 0) return
  for await (const part of readerOf(comparison, { wanted: comparison.index.openLines() })) {
    if (part.type !== 'rows') break
    const differences: Difference[] = []
    const elsewhere: string[] = []
    for (const row of part.rows) {
      // Who reads may have made rows of the others as well.
      const standing = comparison.index.standingOf(row.line)
      if (standing === 'matched') continue
      const found = await examineRow(comparison, row, standing)
      if (found === undefined) continue
      if ('class' in found) differences.push(found)
      else elsewhere.push(found.subject)
    }
    for (const difference of differences) comparison.tally.differs(difference)
    if (differences.length + elsewhere.length > 0) yield { type: 'found', differences, elsewhere }
    yield progress(BOOKS_UP_TO, ALL, part.bytesRead, comparison.bill.size)
  }
}

type Elsewhere = { readonly subject: string }

const examineRow = async (
  comparison: Comparison,
  row: BillRow,
  standing: RowStanding | undefined,
): Promise<Difference | Elsewhere | undefined> => {
  if (row.kind === 'unreadable') return unreadableDifference(row.line, row.text, row.reason)
  if (standing === 'duplicate') return duplicateDifference(row, row.line)
  const classified = await lookUp(comparison, row)
  if (classified.verdict === 'differs') return classified.difference
  comparison.tally.matched()
  comparison.absent.isThere(classified.subject)
  const { inBooksAt } = classified
  const { from, to } = comparison.span
  return inBooksAt !== undefined && inBooksAt >= from && inBooksAt < to ? undefined : { subject: classified.subject }
}

const lookUp = async ({ books, bill: { provider } }: Comparison, row: ReadableRow): Promise<Classified> =>
  row.kind === 'payment'
    ? classifyPayment(row, await books.findPayment(provider, row.outTradeNo))
    : classifyRefund(row, await books.findRefund(provider, row.outTradeNo, refundNumberOf(row), row.refundId))

const progress = (from: number, to: number, done: number, total: number): ComparisonPart => ({
  type: 'progress',
  done: Math.round(from + (to - from) * Math.min(1, total === 0 ? 1 : done / total)),
})
