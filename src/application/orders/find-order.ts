import { err, ok, type Result } from 'neverthrow'
import type { Order } from '../../domain/order.ts'
import type { Readers } from '../transaction.ts'
import type { Versioned } from '../versioned.ts'
import { maySee, type Viewer } from './viewer.ts'

export type OrderNotFound = { readonly code: 'ORDER_NOT_FOUND' }

/** The order, if the viewer may know of it. */
export const findOrder =
  ({ readers }: { readonly readers: Pick<Readers, 'orders'> }) =>
  async (viewer: Viewer, orderId: string): Promise<Result<Versioned<Order>, OrderNotFound>> => {
    const order = await readers.orders.find(orderId)
    return order !== undefined && maySee(viewer, order.value) ? ok(order) : err({ code: 'ORDER_NOT_FOUND' })
  }
