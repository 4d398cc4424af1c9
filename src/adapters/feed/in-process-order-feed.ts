import type { OrderFeed } from '../../application/orders/order-feed.ts'

export type InProcessOrderFeed = OrderFeed & {
  /** To be called after each commit with the orders it touched. */
  announce(orderIds: readonly string[]): void
  /** The orders that somebody listens for. */
  watched(): readonly string[]
}

/** Tells the pages of this process. */
export const createInProcessOrderFeed = (): InProcessOrderFeed => {
  const listeners = new Map<string, Set<() => void>>()
  return {
    subscribe(orderId, changed) {
      const ofOrder = listeners.get(orderId) ?? new Set()
      const listener = (): void => changed() // Its own identity, so that one function may subscribe twice.
      listeners.set(orderId, ofOrder.add(listener))
      return () => {
        ofOrder.delete(listener)
        if (ofOrder.size === 0 && listeners.get(orderId) === ofOrder) listeners.delete(orderId)
      }
    },
    announce(orderIds) {
      for (const orderId of orderIds) for (const listener of Array.from(listeners.get(orderId) ?? [])) listener()
    },
    watched: () => [...listeners.keys()],
  }
}
