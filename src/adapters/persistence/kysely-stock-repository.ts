import type { Kysely } from 'kysely'
import type { Page, PageRequest } from '../../application/page.ts'
import type { StockRepository } from '../../application/stock/stock-repository.ts'
import type { Versioned } from '../../application/versioned.ts'
import type { Stock, StockEntry, StockReservation } from '../../domain/stock.ts'
import { insertOnce } from './duplicates.ts'
import type { Executor } from './executor.ts'
import { pageConditions, pageOf } from './paging.ts'
import { readBy } from './read-by.ts'
import { type DB, kindsOf, type Row, TABLES } from './schema.ts'
import { insertion, query, statement } from './statement.ts'
import { toReservation, toReservationRow, toStock, toStockEntry, toStockEntryRow } from './stock-row.ts'

export const stockStatements = (builder: Kysely<DB>) => ({
  find: statement(kindsOf('stock', 'sku'), ({ sku }) => builder.selectFrom('stock').selectAll().where('sku', '=', sku)),
  list: statement({ after: 'text', limit: 'integer' }, ({ after, limit }) =>
    builder.selectFrom('stock').selectAll().where('sku', '>', after).orderBy('sku').limit(limit),
  ),
  entries: (sku: string, page: PageRequest) =>
    readBy(builder, 'stock_entries', 'stock_entries_by_sku')
      .selectAll()
      .where('sku', '=', sku)
      .where((eb) => eb.and(pageConditions(page)))
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .limit(page.limit + 1),
  reservationsOf: statement(kindsOf('stock_reservations', 'order_id'), (given) =>
    builder.selectFrom('stock_reservations').selectAll().where('order_id', '=', given.order_id).orderBy('sku'),
  ),
  insert: insertion(builder, 'stock'),
  replace: statement(TABLES.stock, ({ sku, version, ...changes }) =>
    builder
      .updateTable('stock')
      .set(changes)
      .set((eb) => ({ version: eb('version', '+', 1) }))
      .where('sku', '=', sku)
      .where('version', '=', version),
  ),
  insertReservation: insertion(builder, 'stock_reservations'),
  replaceReservation: statement(
    { ...kindsOf('stock_reservations', 'order_id', 'sku', 'quantity', 'status', 'updated_at'), before: 'text' },
    ({ order_id, sku, before, ...changes }) =>
      builder
        .updateTable('stock_reservations')
        .set(changes)
        .where('order_id', '=', order_id)
        .where('sku', '=', sku)
        .where('status', '=', before),
  ),
  entry: statement(kindsOf('stock_entries', 'id'), ({ id }) =>
    builder.selectFrom('stock_entries').select('id').where('id', '=', id),
  ),
  insertEntry: insertion(builder, 'stock_entries'),
})

export class KyselyStockRepository implements StockRepository {
  readonly #sql: ReturnType<typeof stockStatements>
  readonly #on: Executor

  constructor(sql: ReturnType<typeof stockStatements>, on: Executor) {
    this.#sql = sql
    this.#on = on
  }

  async find(sku: string): Promise<Versioned<Stock>> {
    const row = await this.#sql.find.first(this.#on, { sku })
    return row ? toStock(row) : { value: { sku, onHand: 0, reserved: 0 }, version: 0, updatedAt: new Date(0) }
  }

  async list(limit: number, after: string | undefined): Promise<readonly Stock[]> {
    return (await this.#sql.list.rows(this.#on, { limit, after: after ?? '' })).map((row) => toStock(row).value)
  }

  async entries(sku: string, page: PageRequest): Promise<Page<StockEntry>> {
    const rows = await query(this.#on, this.#sql.entries(sku, page))
    return pageOf(rows.map(toStockEntry), page, (entry) => entry)
  }

  async reservationsOf(orderId: string): Promise<readonly StockReservation[]> {
    return (await this.#sql.reservationsOf.rows(this.#on, { order_id: orderId })).map(toReservation)
  }

  async replace({ version }: Versioned<Stock>, after: Stock, at: Date): Promise<boolean> {
    const { sku, onHand: on_hand, reserved } = after
    const row: Row<'stock'> = { sku, on_hand, reserved, updated_at: at.getTime(), version }
    if (version > 0) return (await this.#sql.replace.change(this.#on, row)) === 1
    return insertOnce(
      () => this.#sql.insert(this.#on, [{ ...row, version: 1 }]),
      async () => true, // The sku is its only key.
    )
  }

  insertReservation(reservation: StockReservation, at: Date): Promise<void> {
    return this.#sql.insertReservation(this.#on, [toReservationRow(reservation, at)])
  }

  async replaceReservation(before: StockReservation, after: StockReservation, at: Date): Promise<boolean> {
    const parameters = { ...toReservationRow(after, at), before: before.status }
    return (await this.#sql.replaceReservation.change(this.#on, parameters)) === 1
  }

  append(entry: StockEntry): Promise<boolean> {
    return insertOnce(
      () => this.#sql.insertEntry(this.#on, [toStockEntryRow(entry)]),
      async () => (await this.#sql.entry.first(this.#on, { id: entry.id })) !== undefined,
    )
  }
}
