import type { Stock, StockEntry, StockReservation } from '../../domain/stock.ts'
import type { Page, PageRequest } from '../page.ts'
import type { Versioned } from '../versioned.ts'

export interface StockReader {
  /** A sku nobody has put in has nothing on hand and version 0. */
  find(sku: string): Promise<Versioned<Stock>>
  /** By sku, those behind `after`, at most `limit`. */
  list(limit: number, after: string | undefined): Promise<readonly Stock[]>
  /** The ledger of one sku, newest first. */
  entries(sku: string, page: PageRequest): Promise<Page<StockEntry>>
  reservationsOf(orderId: string): Promise<readonly StockReservation[]>
}

export interface StockRepository extends StockReader {
  /** Writes only if nobody wrote since `before` was read. */
  replace(before: Versioned<Stock>, after: Stock, at: Date): Promise<boolean>
  insertReservation(reservation: StockReservation, at: Date): Promise<void>
  /** Writes only if the reservation still has the status it was read with. */
  replaceReservation(before: StockReservation, after: StockReservation, at: Date): Promise<boolean>
  /** `false` where the ledger has a line of this id already; nothing is written then. */
  append(entry: StockEntry): Promise<boolean>
}
