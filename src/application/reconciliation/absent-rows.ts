import type { Difference } from '../../domain/discrepancy.ts'
import type { Provider } from '../../domain/payment.ts'
import type { Cursor, Span } from '../page.ts'
import type { BillIndex, RowStanding } from './bill-index.ts'
import { absentReceipt, absentRefund } from './classify.ts'
import type { BookedReceipt, BookedRefund, DayBooks } from './day-books.ts'
import type { NumberHash } from './number-hash.ts'

/** So many are remembered; more are found by reading the books again. */
const MOST_REMEMBERED = 20_000
const BATCH = 200

type Parts = {
  readonly books: DayBooks
  readonly provider: Provider
  readonly index: BillIndex
  readonly hash: NumberHash
}

type Booked = { readonly receipts: readonly BookedReceipt[]; readonly refunds: readonly BookedRefund[] }
type Met = Booked & { readonly standings: readonly Exclude<RowStanding, 'duplicate'>[] }

/** What of the day's books the bill does not have. */
export class AbsentRows {
  readonly #parts: Parts
  /** Found on the bill after all, under a number of the gateway's own. */
  readonly #found = new Set<string>()
  #receipts: BookedReceipt[] = []
  #refunds: BookedRefund[] = []
  #isTooMany = false

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Holds the day's books against the index, page by page. */
  async *meet(span: Span, pageSize: number): AsyncIterable<Met> {
    const { index, hash } = this.#parts
    for await (const { receipts, refunds } of this.#pages(span, pageSize)) {
      const standings = [
        ...receipts.map((receipt) => {
          hash.payment(receipt.outTradeNo, receipt.transactionId)
          const standing = index.meet(hash.high, hash.low, receipt.amount)
          if (standing === 'unmet') this.#remember(this.#receipts, receipt)
          return standing
        }),
        ...refunds.map((refund) => {
          hash.refund(refund.outTradeNo, refund.refundNo)
          const standing = index.meet(hash.high, hash.low, refund.amount)
          if (standing === 'unmet') this.#remember(this.#refunds, refund)
          return standing
        }),
      ]
      yield { receipts, refunds, standings }
    }
  }

  isThere(subject: string): void {
    this.#found.add(subject)
  }

  /** As differences, a batch at a time; without those that were on the bill of another day. */
  async *differences(span: Span): AsyncIterable<readonly Difference[]> {
    if (!this.#isTooMany) {
      yield* this.#batches({ receipts: this.#receipts, refunds: this.#refunds })
      return
    }
    const { index, hash } = this.#parts
    this.#receipts = []
    this.#refunds = []
    for await (const { receipts, refunds } of this.#pages(span, BATCH)) {
      yield* this.#batches({
        receipts: receipts.filter(({ outTradeNo, transactionId }) => {
          hash.payment(outTradeNo, transactionId)
          return !index.has(hash.high, hash.low)
        }),
        refunds: refunds.filter(({ outTradeNo, refundNo }) => {
          hash.refund(outTradeNo, refundNo)
          return !index.has(hash.high, hash.low)
        }),
      })
    }
  }

  #remember<T>(list: T[], one: T): void {
    if (list.length < MOST_REMEMBERED) list.push(one)
    else this.#isTooMany = true
  }

  async *#batches({ receipts, refunds }: Booked): AsyncIterable<readonly Difference[]> {
    for (let start = 0; start < receipts.length; start += BATCH)
      yield await this.#absentReceipts(receipts.slice(start, start + BATCH))
    for (let start = 0; start < refunds.length; start += BATCH)
      yield await this.#elsewhereLess(refunds.slice(start, start + BATCH).map(absentRefund))
  }

  async #absentReceipts(receipts: readonly BookedReceipt[]): Promise<readonly Difference[]> {
    const { books, provider } = this.#parts
    const differences: Difference[] = []
    for (const receipt of receipts) {
      const known = await books.findPayment(provider, receipt.outTradeNo)
      differences.push(absentReceipt(receipt, known?.status ?? 'paid'))
    }
    return this.#elsewhereLess(differences)
  }

  async #elsewhereLess(differences: readonly Difference[]): Promise<readonly Difference[]> {
    const here = differences.filter(({ subject }) => !this.#found.has(subject))
    const { books, provider } = this.#parts
    const elsewhere = await books.matchedElsewhere(
      provider,
      here.map(({ subject }) => subject),
    )
    return here.filter(({ subject }) => !elsewhere.has(subject))
  }

  async *#pages(span: Span, limit: number): AsyncIterable<Booked> {
    const { books, provider } = this.#parts
    for await (const receipts of pagesOf(
      (after) => books.receipts(provider, span, after, limit),
      ({ at, id }) => ({ createdAt: new Date(at), id }),
      limit,
    ))
      yield { receipts, refunds: [] }
    for await (const refunds of pagesOf(
      (after) => books.refunds(provider, span, after, limit),
      ({ at, refundNo: id }) => ({ createdAt: new Date(at), id }),
      limit,
    ))
      yield { receipts: [], refunds }
  }
}

/** Page after page, each from behind the last row of the one before. */
const pagesOf = async function* <T>(
  read: (after: Cursor | undefined) => Promise<readonly T[]>,
  placeOf: (row: T) => Cursor,
  limit: number,
): AsyncIterable<readonly T[]> {
  let after: Cursor | undefined
  for (;;) {
    const rows = await read(after)
    const last = rows.at(-1)
    if (last === undefined) return
    yield rows
    if (rows.length < limit) return
    after = placeOf(last)
  }
}
