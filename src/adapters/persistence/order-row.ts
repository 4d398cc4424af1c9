import type { Versioned } from '../../application/versioned.ts'
import { fen } from '../../domain/money.ts'
import { type Order, type OrderFacts, type OrderItem, type OrderStatus, refundedOf } from '../../domain/order.ts'
import { fulfilmentJson, toFulfilment } from './json.ts'
import { invariant, present, toCurrency, toDate, wordOf, wordsOf } from './row-values.ts'
import type { Row } from './schema.ts'

/** The columns that change with the order's state. */
export type OrderStateRow = Pick<
  Row<'orders'>,
  'status' | 'refunded_fen' | 'payment_id' | 'paid_at' | 'cancelled_at' | 'expired_at'
>

/** An order beside one of its items; without items the item's columns are null. */
export type OrderItemRow = Row<'orders'> & {
  readonly [C in (typeof ITEM_COLUMNS)[number]]: Row<'order_items'>[C] | null
}

export const ITEM_COLUMNS = ['line', 'product_id', 'product_name', 'unit_price_fen', 'quantity', 'fulfilment'] as const

const STATUSES = wordsOf<OrderStatus>({
  pending: true,
  cancelled: true,
  expired: true,
  paid: true,
  partially_refunded: true,
  refunded: true,
})

export const toOrderStatus = (text: string): OrderStatus => wordOf(STATUSES, text)

export const toOrderRow = (order: Order): Row<'orders'> => ({
  id: order.id,
  user_id: order.userId,
  ...toOrderState(order),
  amount_fen: order.amount,
  currency: order.currency,
  expires_at: order.expiresAt.getTime(),
  created_at: order.createdAt.getTime(),
  updated_at: order.createdAt.getTime(),
  version: 1,
  due_at: order.status === 'pending' ? order.expiresAt.getTime() : null,
  attempts: 0,
})

export const toOrderState = (order: Order): OrderStateRow => {
  const unpaid = { refunded_fen: 0, payment_id: null, paid_at: null, cancelled_at: null, expired_at: null }
  const { status } = order
  switch (status) {
    case 'pending':
      return { ...unpaid, status }
    case 'cancelled':
      return { ...unpaid, status, cancelled_at: order.cancelledAt.getTime() }
    case 'expired':
      return { ...unpaid, status, expired_at: order.expiredAt.getTime() }
    case 'paid':
    case 'partially_refunded':
    case 'refunded':
      return {
        ...unpaid,
        status,
        refunded_fen: refundedOf(order),
        payment_id: order.paymentId,
        paid_at: order.paidAt.getTime(),
      }
  }
}

export const toItemRows = ({ id, items }: Order): readonly Row<'order_items'>[] =>
  items.map((item, line) => ({
    order_id: id,
    line,
    product_id: item.productId,
    product_name: item.name,
    unit_price_fen: item.unitPrice,
    quantity: item.quantity,
    fulfilment: fulfilmentJson(item.fulfilment),
  }))

/** The orders in their own order, each out of as many rows as it has items. */
export const toOrders = (rows: readonly OrderItemRow[]): readonly Versioned<Order>[] => {
  const byOrder = Map.groupBy(rows, ({ id }) => id)
  return [...byOrder.values()].flatMap(([first, ...more]) => (first === undefined ? [] : [toOrder(first, more)]))
}

/** One order out of its rows: the first, and those of its further items. */
export const toOrder = (row: OrderItemRow, more: readonly OrderItemRow[]): Versioned<Order> => ({
  value: inState(row, {
    id: row.id,
    userId: row.user_id,
    amount: fen(row.amount_fen),
    currency: toCurrency(row.currency),
    items: row.line === null ? [] : [row, ...more].map(toItem),
    expiresAt: toDate(row.expires_at),
    createdAt: toDate(row.created_at),
  }),
  version: row.version,
  updatedAt: toDate(row.updated_at),
})

const inState = (row: Row<'orders'>, facts: OrderFacts): Order => {
  const status = toOrderStatus(row.status)
  const unrefunded = (): void => invariant(row.refunded_fen === 0, `a ${status} order with refunds`)
  switch (status) {
    case 'pending':
      unrefunded()
      return { ...facts, status }
    case 'cancelled':
      unrefunded()
      return { ...facts, status, cancelledAt: toDate(present(row.cancelled_at, 'cancelled_at')) }
    case 'expired':
      unrefunded()
      return { ...facts, status, expiredAt: toDate(present(row.expired_at, 'expired_at')) }
    case 'paid':
      unrefunded()
      return { ...facts, status, ...funding(row) }
    case 'partially_refunded':
      return { ...facts, status, ...funding(row), refunded: fen(row.refunded_fen) }
    case 'refunded':
      invariant(row.refunded_fen === row.amount_fen, 'a refunded order with money left')
      return { ...facts, status, ...funding(row) }
  }
}

const funding = (row: Row<'orders'>): { readonly paymentId: string; readonly paidAt: Date } => ({
  paymentId: present(row.payment_id, 'payment_id'),
  paidAt: toDate(present(row.paid_at, 'paid_at')),
})

const toItem = (row: OrderItemRow, position: number): OrderItem => {
  invariant(row.line === position, 'an order without one of its lines')
  return {
    productId: present(row.product_id, 'product_id'),
    name: present(row.product_name, 'product_name'),
    unitPrice: fen(present(row.unit_price_fen, 'unit_price_fen')),
    quantity: present(row.quantity, 'quantity'),
    fulfilment: toFulfilment(present(row.fulfilment, 'fulfilment')),
  }
}
