import type { Cache } from '../../application/cache.ts'
import type { OrderReader } from '../../application/orders/order-repository.ts'
import type { Versioned } from '../../application/versioned.ts'
import { isFinal, type Order } from '../../domain/order.ts'

export type OrderCache = Cache<Versioned<Order> | undefined>

/** Only what nothing but a refund, or money that came late, could still change. */
export const keepsOrder = (order: Versioned<Order> | undefined): boolean => order !== undefined && isFinal(order.value)

/** Reads orders for showing them; who decides about money reads them from the store. */
export const cachedOrders = (orders: OrderReader, cache: OrderCache): OrderReader => ({
  find: (id) => cache.get(id, () => orders.find(id)),
  list: (filter, page) => orders.list(filter, page),
  versions: (ids) => orders.versions(ids),
})
