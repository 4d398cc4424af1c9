import type { Difference } from '../../domain/discrepancy.ts'
import { addFen, type Fen, ZERO_FEN } from '../../domain/money.ts'
import type { ReconciliationSummary } from '../../domain/reconciliation.ts'
import type { RowGlance } from './bill.ts'

/** Adds up what a comparison meets, row by row. */
export class BillTally {
  #remoteCount = 0
  #localCount = 0
  #matched = 0
  readonly #differences: Record<Difference['class'], number> = {
    amount_differs: 0,
    status_differs: 0,
    missing_local: 0,
    missing_remote: 0,
    unreadable: 0,
  }
  #remoteAmount: Fen = ZERO_FEN
  #localAmount: Fen = ZERO_FEN
  #remoteRefunds: Fen = ZERO_FEN
  #localRefunds: Fen = ZERO_FEN
  #feesFen = 0
  #netFen = 0

  row(row: Pick<RowGlance, 'kind' | 'amount' | 'feeFen' | 'netFen'>): void {
    this.#remoteCount += 1
    if (row.kind === 'payment') this.#remoteAmount = addFen(this.#remoteAmount, row.amount)
    else this.#remoteRefunds = addFen(this.#remoteRefunds, row.amount)
    this.#feesFen = safe(this.#feesFen + row.feeFen)
    this.#netFen = safe(this.#netFen + row.netFen)
  }

  unreadableRow(): void {
    this.#remoteCount += 1
  }

  receipt(amount: Fen): void {
    this.#localCount += 1
    this.#localAmount = addFen(this.#localAmount, amount)
  }

  refund(amount: Fen): void {
    this.#localCount += 1
    this.#localRefunds = addFen(this.#localRefunds, amount)
  }

  matched(): void {
    this.#matched += 1
  }

  differs(difference: Difference): void {
    this.#differences[difference.class] += 1
  }

  get summary(): ReconciliationSummary {
    return {
      remoteCount: this.#remoteCount,
      localCount: this.#localCount,
      matched: this.#matched,
      amountDiffers: this.#differences.amount_differs,
      statusDiffers: this.#differences.status_differs,
      missingLocal: this.#differences.missing_local,
      missingRemote: this.#differences.missing_remote,
      unreadable: this.#differences.unreadable,
      remoteAmount: this.#remoteAmount,
      localAmount: this.#localAmount,
      remoteRefunds: this.#remoteRefunds,
      localRefunds: this.#localRefunds,
      feesFen: this.#feesFen,
      netFen: this.#netFen,
    }
  }
}

const safe = (sum: number): number => {
  if (!Number.isSafeInteger(sum)) throw new RangeError('a sum of fees is no safe integer')
  return sum
}
