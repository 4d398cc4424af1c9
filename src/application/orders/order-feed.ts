/** Tells open pages that something happened to an order; what it is they read from the store. */
export interface OrderFeed {
  /** Calls the listener after each commit that touched the order, until the returned function is called. */
  subscribe(orderId: string, changed: () => void): () => void
}
