import { err, ok, type Result } from 'neverthrow'
import type { Cause } from '../../domain/event.ts'
import { type Order, type OrderEvent, transitionOrder } from '../../domain/order.ts'
import { moveReservation } from '../../domain/stock.ts'
import { type Repositories, WRITE_CONFLICT, type WriteConflict } from '../transaction.ts'
import type { Versioned } from '../versioned.ts'

type EndEvent = Extract<OrderEvent, { type: 'cancelled' | 'expired' }>

/** An attempt was opened meanwhile and has to be closed first; nothing is written then. */
export type EndOrderError = { readonly code: 'PAYMENT_OPEN' }

/**
 * Ends an unpaid order and gives its goods free, inside the caller's transaction. Gives the order as it is then: one
 * that was paid or ended meanwhile stays as it is.
 */
export const endOrder = async (
  repositories: Pick<Repositories, 'orders' | 'payments' | 'stock' | 'outbox'>,
  orderId: string,
  event: EndEvent,
  cause: Cause,
): Promise<Result<Versioned<Order>, EndOrderError | WriteConflict>> => {
  const { orders, payments, stock, outbox } = repositories
  const before = await orders.find(orderId)
  if (before === undefined) throw new Error(`order ${orderId} is gone`)
  const ended = transitionOrder(before.value, event)
  if (ended.isErr() || ended.value[1].length === 0) return ok(before)
  const attempts = await payments.listByOrder(orderId)
  if (attempts.some(({ value }) => value.status === 'pending')) return err({ code: 'PAYMENT_OPEN' })
  const [order, events] = ended.value
  if (!(await orders.replace(before, order, event.at))) return err(WRITE_CONFLICT)
  if (!(await releaseGoods(stock, orderId, event.at))) return err(WRITE_CONFLICT)
  await outbox.append({ stream: orderId, events, cause, at: event.at })
  return ok({ value: order, version: before.version + 1, updatedAt: event.at })
}

/** `false` where another writer came first. */
const releaseGoods = async (stock: Repositories['stock'], orderId: string, at: Date): Promise<boolean> => {
  const reservations = [...(await stock.reservationsOf(orderId))].sort((a, b) => (a.sku < b.sku ? -1 : 1))
  for (const reservation of reservations) {
    const before = await stock.find(reservation.sku)
    const moved = moveReservation(before.value, reservation, 'release')
    if (moved.isErr()) throw new Error(`goods of unpaid order ${orderId} can't be released: ${moved.error.code}`)
    const [after, released] = moved.value
    const written = await stock.replace(before, after, at)
    if (!written || !(await stock.replaceReservation(reservation, released, at))) return false
  }
  return true
}
