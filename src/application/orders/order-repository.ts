import type { Order, OrderStatus } from '../../domain/order.ts'
import type { Provider } from '../../domain/payment.ts'
import type { Page, PageRequest, TimeRange } from '../page.ts'
import type { Versioned } from '../versioned.ts'

/** `provider`, `outTradeNo` and `transactionId` are those of any of the order's payments. */
export type OrderFilter = TimeRange & {
  readonly userId?: string | undefined
  readonly status?: OrderStatus | undefined
  readonly provider?: Provider | undefined
  readonly outTradeNo?: string | undefined
  readonly transactionId?: string | undefined
}

export interface OrderReader {
  find(id: string): Promise<Versioned<Order> | undefined>
  /** Newest first. */
  list(filter: OrderFilter, page: PageRequest): Promise<Page<Versioned<Order>>>
  /** The version of each of these that there is; it grows with every change. */
  versions(ids: readonly string[]): Promise<ReadonlyMap<string, number>>
}

/** A pending order whose time is over, leased to the caller. `attempts` counts the claims so far, this one included. */
export type DueOrder = { readonly order: Versioned<Order>; readonly attempts: number }

export interface OrderRepository extends OrderReader {
  /** Inserts it; one that is pending is due when it expires. */
  insert(order: Order): Promise<void>
  /** Writes the new state only if nobody wrote since `before` was read; `false` means another writer won. */
  replace(before: Versioned<Order>, after: Order, at: Date): Promise<boolean>
  /** Takes up to `limit` due ones by pushing their due time to `leaseUntil`, so that two processes never take one together. */
  claimDue(now: Date, leaseUntil: Date, limit: number): Promise<readonly DueOrder[]>
  /** When it is to be looked at next; only while it is pending. */
  postpone(orderId: string, until: Date): Promise<void>
}
