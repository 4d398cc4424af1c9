import type { PointsReader, PointsRepository } from '../../application/points/points-repository.ts'
import type { StockReader, StockRepository } from '../../application/stock/stock-repository.ts'
import type { Versioned } from '../../application/versioned.ts'
import type { PointsAccount, PointsEntry } from '../../domain/points.ts'
import type { Stock, StockEntry, StockReservation } from '../../domain/stock.ts'
import { createTable, type Draft, insertOnce, joined, type Rows } from './table.ts'
import { pageOf, replaceVersion } from './versioned-rows.ts'

export const accountTable = () => createTable<Versioned<PointsAccount>>(({ value }) => value.userId)
export const pointsEntryTable = () => createTable<PointsEntry>((row) => row.id, { source: sourceOf })
export const stockTable = () => createTable<Versioned<Stock>>(({ value }) => value.sku)
export const reservationTable = () => createTable<StockReservation>(reservationKey)
export const stockEntryTable = () => createTable<StockEntry>((row) => row.id)

const sourceOf = ({ source, kind }: Pick<PointsEntry, 'source' | 'kind'>): string =>
  joined(source.type, source.id, kind)
const reservationKey = ({ orderId, sku }: StockReservation): string => joined(orderId, sku)

const NEVER = new Date(0)

export const pointsReader = (accounts: Rows<Versioned<PointsAccount>>, entries: Rows<PointsEntry>): PointsReader => ({
  account: async (userId) => accounts.get(userId) ?? { value: { userId, balance: 0 }, version: 0, updatedAt: NEVER },
  entries: async (userId, page) =>
    pageOf(
      entries.where((entry) => entry.userId === userId),
      page,
      ({ createdAt, id }) => ({ createdAt, id }),
    ),
  posted: async (source, kind) => entries.getBy('source', sourceOf({ source, kind })),
})

export const pointsRepository = (
  accounts: Draft<Versioned<PointsAccount>>,
  entries: Draft<PointsEntry>,
): PointsRepository => ({
  ...pointsReader(accounts, entries),
  async post(before, after, entry) {
    if (entries.getBy('source', sourceOf(entry)) !== undefined) return 'repeated'
    if (!replaceVersion(accounts, after.userId, before, after, entry.createdAt)) return 'conflict'
    insertOnce(entries, entry)
    return 'posted'
  },
})

type StockRows = Rows<Versioned<Stock>>

export const stockReader = (
  stocks: StockRows,
  reservations: Rows<StockReservation>,
  entries: Rows<StockEntry>,
): StockReader => ({
  find: async (sku) => stocks.get(sku) ?? { value: { sku, onHand: 0, reserved: 0 }, version: 0, updatedAt: NEVER },
  list: async (limit, after) =>
    stocks
      .where(({ value }) => after === undefined || value.sku > after)
      .map(({ value }) => value)
      .sort((a, b) => (a.sku < b.sku ? -1 : 1))
      .slice(0, limit),
  entries: async (sku, page) =>
    pageOf(
      entries.where((entry) => entry.sku === sku),
      page,
      ({ createdAt, id }) => ({ createdAt, id }),
    ),
  reservationsOf: async (orderId) => reservations.where((reservation) => reservation.orderId === orderId),
})

export const stockRepository = (
  stocks: Draft<Versioned<Stock>>,
  reservations: Draft<StockReservation>,
  entries: Draft<StockEntry>,
): StockRepository => ({
  ...stockReader(stocks, reservations, entries),
  replace: async (before, after, at) => replaceVersion(stocks, after.sku, before, after, at),
  insertReservation: async (reservation) => insertOnce(reservations, reservation),
  async replaceReservation(before, after) {
    if (reservations.get(reservationKey(before))?.status !== before.status) return false
    reservations.put(after)
    return true
  },
  append: async (entry) => entries.insert(entry) === undefined,
})
