import { err, ok, type Result } from 'neverthrow'
import { addFen, type Currency, type Fen, type MoneyError, multiplyFen, ZERO_FEN } from './money.ts'
import type { Fulfilment } from './product.ts'

export type OrderItem = {
  readonly productId: string
  readonly name: string
  readonly unitPrice: Fen
  readonly quantity: number
  /** What the product delivered when it was ordered; later catalogue changes do not reach back. */
  readonly fulfilment: Fulfilment
}

export type OrderFacts = {
  readonly id: string
  readonly userId: string
  readonly amount: Fen
  readonly currency: Currency
  readonly items: readonly OrderItem[]
  readonly expiresAt: Date
  readonly createdAt: Date
}

type Funded<S> = { readonly status: S; readonly paymentId: string; readonly paidAt: Date }

export type Order = OrderFacts &
  (
    | { readonly status: 'pending' }
    | { readonly status: 'cancelled'; readonly cancelledAt: Date }
    | { readonly status: 'expired'; readonly expiredAt: Date }
    | Funded<'paid'>
    | (Funded<'partially_refunded'> & { readonly refunded: Fen })
    | Funded<'refunded'>
  )

export type OrderStatus = Order['status']

export type OrderEvent =
  /** A verified payment of the whole amount. */
  | { readonly type: 'paid'; readonly paymentId: string; readonly amount: Fen; readonly at: Date }
  /** A verified payment that came after the end and is accepted all the same (`LATE_PAYMENT_POLICY=honour`). */
  | { readonly type: 'honoured'; readonly paymentId: string; readonly amount: Fen; readonly at: Date }
  | { readonly type: 'cancelled'; readonly at: Date }
  | { readonly type: 'expired'; readonly at: Date }
  /** `total` is all that has gone back so far, so facts may repeat and overtake one another. */
  | { readonly type: 'refunded'; readonly paymentId: string; readonly total: Fen; readonly at: Date }

export type OrderDomainEvent =
  | { readonly type: 'order.created'; readonly orderId: string; readonly at: Date }
  | { readonly type: 'order.paid'; readonly orderId: string; readonly paymentId: string; readonly at: Date }
  | { readonly type: 'order.cancelled'; readonly orderId: string; readonly at: Date }
  | { readonly type: 'order.expired'; readonly orderId: string; readonly at: Date }
  | { readonly type: 'order.refunded'; readonly orderId: string; readonly refunded: Fen; readonly at: Date }

export type OrderError =
  | { readonly code: 'AMOUNT_MISMATCH'; readonly expected: Fen; readonly actual: Fen }
  | { readonly code: 'ORDER_ALREADY_PAID'; readonly paymentId: string }
  | { readonly code: 'ORDER_ENDED'; readonly status: 'cancelled' | 'expired' }
  | { readonly code: 'ORDER_NOT_PAID' }
  | { readonly code: 'ORDER_NOT_ENDED' }
  | { readonly code: 'REFUND_EXCEEDS_PAYMENT' }

export type OrderTransition = readonly [Order, readonly OrderDomainEvent[]]
type On<T extends OrderEvent['type']> = Extract<OrderEvent, { type: T }>
type Outcome = Result<OrderTransition, OrderError>

/** The order's machine: total, silent on repeats, refusing contradictions. */
export const transitionOrder = (order: Order, event: OrderEvent): Outcome => {
  switch (event.type) {
    case 'paid':
      return paid(order, event)
    case 'honoured':
      return honoured(order, event)
    case 'cancelled':
      return cancelled(order, event)
    case 'expired':
      return expired(order, event)
    case 'refunded':
      return refunded(order, event)
  }
}

/** The parts of an order that no event changes. */
export const orderFacts = (order: Order): OrderFacts => ({
  id: order.id,
  userId: order.userId,
  amount: order.amount,
  currency: order.currency,
  items: order.items,
  expiresAt: order.expiresAt,
  createdAt: order.createdAt,
})

/** What has gone back to the payer so far. */
export const refundedOf = (order: Order): Fen => {
  switch (order.status) {
    case 'pending':
    case 'cancelled':
    case 'expired':
    case 'paid':
      return ZERO_FEN
    case 'partially_refunded':
      return order.refunded
    case 'refunded':
      return order.amount
  }
}

/** Nothing more happens to it by itself: only a refund could still change it. */
export const isFinal = (order: Order): boolean => order.status !== 'pending'

/** The sum over the lines; a zero total is refused, since no gateway takes it. */
export const orderAmount = (items: readonly Pick<OrderItem, 'unitPrice' | 'quantity'>[]): Result<Fen, MoneyError> => {
  let total = ZERO_FEN
  for (const item of items) {
    const line = multiplyFen(item.unitPrice, item.quantity)
    if (line.isErr()) return err(line.error)
    const sum = multiplyFen(addFen(total, line.value), 1)
    if (sum.isErr()) return err(sum.error)
    total = sum.value
  }
  return total === 0 ? err({ code: 'MONEY_OUT_OF_RANGE' }) : ok(total)
}

const fund = (order: Order, event: On<'paid'> | On<'honoured'>): Outcome =>
  ok([
    { ...orderFacts(order), status: 'paid', paymentId: event.paymentId, paidAt: event.at },
    [{ type: 'order.paid', orderId: order.id, paymentId: event.paymentId, at: event.at }],
  ])

const sameFunding = (order: Order & { readonly paymentId: string }, paymentId: string): Outcome =>
  order.paymentId === paymentId ? ok([order, []]) : err({ code: 'ORDER_ALREADY_PAID', paymentId: order.paymentId })

const wrongAmount = (order: Order, amount: Fen): Outcome | undefined =>
  amount === order.amount ? undefined : err({ code: 'AMOUNT_MISMATCH', expected: order.amount, actual: amount })

const paid = (order: Order, event: On<'paid'>): Outcome => {
  const wrong = wrongAmount(order, event.amount)
  if (wrong !== undefined) return wrong
  switch (order.status) {
    case 'pending':
      return fund(order, event)
    case 'cancelled':
    case 'expired':
      return err({ code: 'ORDER_ENDED', status: order.status })
    case 'paid':
    case 'partially_refunded':
    case 'refunded':
      return sameFunding(order, event.paymentId)
  }
}

const honoured = (order: Order, event: On<'honoured'>): Outcome => {
  const wrong = wrongAmount(order, event.amount)
  if (wrong !== undefined) return wrong
  switch (order.status) {
    case 'pending':
      return err({ code: 'ORDER_NOT_ENDED' })
    case 'cancelled':
    case 'expired':
      return fund(order, event)
    case 'paid':
    case 'partially_refunded':
    case 'refunded':
      return sameFunding(order, event.paymentId)
  }
}

const cancelled = (order: Order, event: On<'cancelled'>): Outcome => {
  switch (order.status) {
    case 'pending':
      return ok([
        { ...orderFacts(order), status: 'cancelled', cancelledAt: event.at },
        [{ type: 'order.cancelled', orderId: order.id, at: event.at }],
      ])
    case 'cancelled':
      return ok([order, []])
    case 'expired':
      return err({ code: 'ORDER_ENDED', status: order.status })
    case 'paid':
    case 'partially_refunded':
    case 'refunded':
      return err({ code: 'ORDER_ALREADY_PAID', paymentId: order.paymentId })
  }
}

const expired = (order: Order, event: On<'expired'>): Outcome => {
  switch (order.status) {
    case 'pending':
      return ok([
        { ...orderFacts(order), status: 'expired', expiredAt: event.at },
        [{ type: 'order.expired', orderId: order.id, at: event.at }],
      ])
    case 'expired':
      return ok([order, []])
    case 'cancelled':
      return err({ code: 'ORDER_ENDED', status: order.status })
    case 'paid':
    case 'partially_refunded':
    case 'refunded':
      return err({ code: 'ORDER_ALREADY_PAID', paymentId: order.paymentId })
  }
}

const refunded = (order: Order, event: On<'refunded'>): Outcome => {
  switch (order.status) {
    case 'pending':
    case 'cancelled':
    case 'expired':
      return err({ code: 'ORDER_NOT_PAID' })
    case 'paid':
    case 'partially_refunded':
    case 'refunded':
      break
  }
  if (event.paymentId !== order.paymentId) return err({ code: 'ORDER_ALREADY_PAID', paymentId: order.paymentId })
  if (event.total > order.amount) return err({ code: 'REFUND_EXCEEDS_PAYMENT' })
  if (event.total <= refundedOf(order)) return ok([order, []])
  const { paymentId, paidAt } = order
  const next: Order =
    event.total === order.amount
      ? { ...orderFacts(order), status: 'refunded', paymentId, paidAt }
      : { ...orderFacts(order), status: 'partially_refunded', paymentId, paidAt, refunded: event.total }
  return ok([next, [{ type: 'order.refunded', orderId: order.id, refunded: event.total, at: event.at }]])
}
