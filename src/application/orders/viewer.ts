import type { Order } from '../../domain/order.ts'

/** Who asks: a signed-in user, or whoever holds the cashier link of one order. */
export type Viewer =
  | { readonly kind: 'user'; readonly userId: string }
  | { readonly kind: 'cashier'; readonly orderId: string }

/** Everything else looks to the viewer as if it did not exist. */
export const maySee = (viewer: Viewer, order: Pick<Order, 'id' | 'userId'>): boolean =>
  viewer.kind === 'user' ? order.userId === viewer.userId : order.id === viewer.orderId
