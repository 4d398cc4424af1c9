import type { Provider } from '../../domain/payment.ts'
import type { ShanghaiDay } from '../../domain/shanghai-day.ts'
import type { SealContext } from '../encryption.ts'
import type { BillFormat, BillKind, FundFlow } from './bill.ts'

/** A bill's file as it is kept. */
export type KeptBill = {
  readonly id: string
  readonly provider: Provider
  readonly day: ShanghaiDay
  readonly kind: BillKind
  readonly format: BillFormat
  readonly source: 'gateway' | 'import'
  /** Over the file as it was published, in hexadecimal. */
  readonly sha256: string
  readonly size: number
  /** What it adds up to, of a fund-flow bill. */
  readonly fundFlow: FundFlow | undefined
  readonly createdAt: Date
}

/** One that is being written: its hash is known at its end. */
export type BillDraft = Omit<KeptBill, 'sha256' | 'size' | 'fundFlow'>

/** Where a piece of a bill is sealed. */
export const placeOfPiece = (billId: string, piece: number): SealContext => ({
  table: 'bill_pieces',
  column: 'content',
  row: `${billId}:${piece}`,
})

export interface BillReader {
  find(id: string): Promise<KeptBill | undefined>
  /** Whole ones of a day, oldest first. */
  listByDay(provider: Provider, day: ShanghaiDay): Promise<readonly KeptBill[]>
  /** A piece of the file, in the form in which it was kept; pieces are counted from 0. */
  readPiece(billId: string, piece: number): Promise<string | undefined>
}

export interface BillRepository extends BillReader {
  begin(draft: BillDraft): Promise<void>
  addPiece(billId: string, piece: number, content: string): Promise<void>
  /** The file is whole; gives the id of an earlier one of the same day and kind that is the same byte for byte. */
  finish(billId: string, end: Pick<KeptBill, 'sha256' | 'size'>): Promise<string | undefined>
  noteFundFlow(billId: string, fundFlow: FundFlow): Promise<void>
  /** Takes away what is not whole, with its pieces; a whole bill stays. */
  discard(billId: string): Promise<void>
  /** Drafts that were begun before and never finished. */
  listAbandoned(before: Date, limit: number): Promise<readonly string[]>
}
