import type { Order, OrderStatus } from '../../domain/order.ts'
import type { Page, PageRequest, TimeRange } from '../page.ts'
import type { Versioned } from '../versioned.ts'

export type OrderFilter = TimeRange & { readonly userId?: string; readonly status?: OrderStatus }

export interface OrderReader {
  find(id: string): Promise<Versioned<Order> | undefined>
  /** Newest first. */
  list(filter: OrderFilter, page: PageRequest): Promise<Page<Versioned<Order>>>
}

export interface OrderRepository extends OrderReader {
  insert(order: Order): Promise<void>
  /** Writes the new state only if nobody wrote since `before` was read; `false` means another writer won. */
  replace(before: Versioned<Order>, after: Order, at: Date): Promise<boolean>
}
