import type { Versioned } from '../../application/versioned.ts'
import type { Stock, StockEntry, StockEntryKind, StockReservation } from '../../domain/stock.ts'
import { invariant, toColumn, toDate, toOptional, wordOf, wordsOf } from './row-values.ts'
import type { Row } from './schema.ts'

const STATUSES = wordsOf<StockReservation['status']>({ held: true, sold: true, released: true, restored: true })
const ENTRY_KINDS = wordsOf<StockEntryKind>({ sale: true, restore: true, adjustment: true })

export const toStock = (row: Row<'stock'>): Versioned<Stock> => {
  invariant(0 <= row.reserved && row.reserved <= row.on_hand, 'more stock reserved than there is')
  return {
    value: { sku: row.sku, onHand: row.on_hand, reserved: row.reserved },
    version: row.version,
    updatedAt: toDate(row.updated_at),
  }
}

export const toReservationRow = (reservation: StockReservation, at: Date): Row<'stock_reservations'> => ({
  order_id: reservation.orderId,
  sku: reservation.sku,
  quantity: reservation.quantity,
  status: reservation.status,
  created_at: at.getTime(),
  updated_at: at.getTime(),
})

export const toReservation = (row: Row<'stock_reservations'>): StockReservation => ({
  orderId: row.order_id,
  sku: row.sku,
  quantity: row.quantity,
  status: wordOf(STATUSES, row.status),
})

export const toStockEntryRow = (entry: StockEntry): Row<'stock_entries'> => ({
  id: entry.id,
  sku: entry.sku,
  kind: entry.kind,
  delta: entry.delta,
  order_id: toColumn(entry.orderId),
  actor: entry.actor,
  reason: entry.reason,
  created_at: entry.createdAt.getTime(),
})

export const toStockEntry = (row: Row<'stock_entries'>): StockEntry => ({
  id: row.id,
  sku: row.sku,
  kind: wordOf(ENTRY_KINDS, row.kind),
  delta: row.delta,
  orderId: toOptional(row.order_id),
  actor: row.actor,
  reason: row.reason,
  createdAt: toDate(row.created_at),
})
