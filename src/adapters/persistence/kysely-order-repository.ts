import { type Expression, type Kysely, type SqlBool, sql } from 'kysely'
import type { DueOrder, OrderFilter, OrderRepository } from '../../application/orders/order-repository.ts'
import type { Page, PageRequest } from '../../application/page.ts'
import type { Versioned } from '../../application/versioned.ts'
import type { Order } from '../../domain/order.ts'
import type { Executor } from './executor.ts'
import { byOutTradeNo, byTransactionId } from './numbers.ts'
import { ITEM_COLUMNS, toItemRows, toOrder, toOrderRow, toOrderState, toOrders } from './order-row.ts'
import { equalities, pageConditions, pageOf, type Slice } from './paging.ts'
import { indexFor, readBy } from './read-by.ts'
import { type DB, kindsOf } from './schema.ts'
import { skipLocked } from './skip-locked.ts'
import { countOf, pageInSlices, sliceEnd } from './slices.ts'
import { insertion, MAX_ROWS, query, statement } from './statement.ts'

const STATE = ['status', 'refunded_fen', 'payment_id', 'paid_at', 'cancelled_at', 'expired_at', 'updated_at'] as const

export const orderStatements = (builder: Kysely<DB>) => ({
  find: statement(kindsOf('orders', 'id'), ({ id }) =>
    builder
      .selectFrom('orders')
      .leftJoin('order_items', 'order_items.order_id', 'orders.id')
      .selectAll('orders')
      .select(ITEM_COLUMNS)
      .where('orders.id', '=', id)
      .orderBy('line'),
  ),
  versions: (ids: readonly string[]) => builder.selectFrom('orders').select(['id', 'version']).where('id', 'in', ids),
  insert: insertion(builder, 'orders'),
  insertItems: insertion(builder, 'order_items'),
  replace: statement(kindsOf('orders', 'id', 'version', ...STATE), ({ id, version, ...changes }) =>
    builder
      .updateTable('orders')
      .set(changes)
      .set((eb) => ({
        version: eb('version', '+', 1),
        due_at: eb.case().when(eb.val(changes.status), '=', 'pending').then(eb.ref('due_at')).else(null).end(),
      }))
      .where('id', '=', id)
      .where('version', '=', version),
  ),
  due: statement({ now: 'integer', limit: 'integer' }, ({ now, limit }) =>
    skipLocked(
      builder,
      builder
        .selectFrom('orders')
        .select(['id', 'due_at', 'attempts'])
        .where('due_at', '<=', now)
        .orderBy('due_at')
        .orderBy('id')
        .limit(limit),
    ),
  ),
  lease: statement({ id: 'text', due_at: 'integer?', until: 'integer' }, ({ id, due_at, until }) =>
    builder
      .updateTable('orders')
      .set((eb) => ({ due_at: until, attempts: eb('attempts', '+', 1) }))
      .where('id', '=', id)
      .where('due_at', '=', due_at),
  ),
  postpone: statement({ id: 'text', until: 'integer' }, ({ id, until }) =>
    builder.updateTable('orders').set({ due_at: until }).where('id', '=', id).where('status', '=', 'pending'),
  ),
  list: (filter: OrderFilter, page: Slice) => {
    const { userId, status } = filter
    const numbers = numbersOf(filter)
    const index = numbers.length > 0 ? undefined : indexFor('orders', { user: userId, status })
    const orders = readBy(builder, 'orders', index)
      .selectAll()
      .where((eb) =>
        eb.and([
          ...numbers,
          ...equalities({ user_id: userId, status }, numbers.length > 0),
          ...paidOver(filter),
          ...pageConditions(page, filter),
        ]),
      )
    return builder
      .selectFrom(
        orders
          .orderBy('created_at', 'desc')
          .orderBy('id', 'desc')
          .limit(page.limit + 1)
          .as('page'),
      )
      .leftJoin('order_items', 'order_items.order_id', 'page.id')
      .selectAll('page')
      .select(ITEM_COLUMNS)
      .orderBy('page.created_at', 'desc')
      .orderBy('page.id', 'desc')
      .orderBy('line')
  },
  listEnd: (filter: OrderFilter, page: Slice) => {
    const { userId, status } = filter
    const indexed = equalities({ user_id: userId, status }).slice(0, 1)
    const index = indexFor('orders', { user: userId, status })
    return sliceEnd(builder, { table: 'orders', index }, [...indexed, ...pageConditions(page, filter)])
  },
})

const numbersOf = (filter: OrderFilter): readonly Expression<SqlBool>[] => [
  ...byOutTradeNo(filter, 'id', 'order_id'),
  ...byTransactionId(filter, 'id', 'order_id'),
]

/** An index finds the rows of a number, of a user or of a status; where more is asked for, it finds too many. */
const isSparse = (filter: OrderFilter): boolean =>
  numbersOf(filter).length === 0 && (filter.provider !== undefined || countOf(filter.userId, filter.status) > 1)

/** The expression keeps SQLite from asking for all payments of the provider, once for each order. */
const paidOver = ({ provider }: OrderFilter): readonly Expression<SqlBool>[] =>
  provider === undefined
    ? []
    : [
        sql<SqlBool>`exists (
          select 1 from payments where payments.order_id = orders.id and coalesce(payments.provider, '') = ${provider})`,
      ]

export class KyselyOrderRepository implements OrderRepository {
  readonly #sql: ReturnType<typeof orderStatements>
  readonly #on: Executor

  constructor(sql: ReturnType<typeof orderStatements>, on: Executor) {
    this.#sql = sql
    this.#on = on
  }

  async find(id: string): Promise<Versioned<Order> | undefined> {
    const [first, ...more] = await this.#sql.find.rows(this.#on, { id })
    return first && toOrder(first, more)
  }

  async list(filter: OrderFilter, page: PageRequest): Promise<Page<Versioned<Order>>> {
    const list = async (slice: Slice) => toOrders(await query(this.#on, this.#sql.list(filter, slice)))
    const end = (slice: Slice) => this.#sql.listEnd(filter, slice)
    const place = ({ value }: Versioned<Order>) => value
    return isSparse(filter)
      ? pageInSlices({ on: this.#on, end, list }, page, place)
      : pageOf(await list(page), page, place)
  }

  async versions(ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const found = new Map<string, number>()
    for (let start = 0; start < ids.length; start += MAX_ROWS) {
      const rows = await query(this.#on, this.#sql.versions(ids.slice(start, start + MAX_ROWS)))
      for (const { id, version } of rows) found.set(id, version)
    }
    return found
  }

  async insert(order: Order): Promise<void> {
    await this.#sql.insert(this.#on, [toOrderRow(order)])
    await this.#sql.insertItems(this.#on, toItemRows(order))
  }

  async replace(before: Versioned<Order>, after: Order, at: Date): Promise<boolean> {
    const { version } = before
    const parameters = { id: after.id, version, ...toOrderState(after), updated_at: at.getTime() }
    return (await this.#sql.replace.change(this.#on, parameters)) === 1
  }

  async claimDue(now: Date, leaseUntil: Date, limit: number): Promise<readonly DueOrder[]> {
    const until = leaseUntil.getTime()
    const claimed: DueOrder[] = []
    for (const { id, due_at, attempts } of await this.#sql.due.rows(this.#on, { now: now.getTime(), limit })) {
      const mine = (await this.#sql.lease.change(this.#on, { id, due_at, until })) === 1
      const order = mine ? await this.find(id) : undefined
      if (order !== undefined) claimed.push({ order, attempts: attempts + 1 })
    }
    return claimed
  }

  async postpone(orderId: string, until: Date): Promise<void> {
    await this.#sql.postpone.change(this.#on, { id: orderId, until: until.getTime() })
  }
}
