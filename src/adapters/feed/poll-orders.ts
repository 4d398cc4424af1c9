import type { OrderReader } from '../../application/orders/order-repository.ts'
import type { InProcessOrderFeed } from './in-process-order-feed.ts'

type Deps = {
  readonly feed: InProcessOrderFeed
  readonly orders: Pick<OrderReader, 'versions'>
  /** Whether other processes tell of their commits now, so that nobody needs to look. */
  readonly isTold: () => boolean
}

/** Looks whether another process changed an order that a page of this one shows. */
export const pollOrders = ({ feed, orders, isTold }: Deps): (() => Promise<void>) => {
  let known: ReadonlyMap<string, number> = new Map()
  return async () => {
    const watched = isTold() ? [] : feed.watched()
    const before = known
    known = watched.length === 0 ? new Map() : await orders.versions(watched)
    // One seen for the first time may have changed since its page read it.
    feed.announce([...known].filter(([id, version]) => before.get(id) !== version).map(([id]) => id))
  }
}
