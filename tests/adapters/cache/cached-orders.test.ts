import { ok, type Result } from 'neverthrow'
import { describe, expect, it } from 'vitest'
import { cachedOrders, keepsOrder } from '../../../src/adapters/cache/cached-orders.ts'
import { lruCache } from '../../../src/adapters/cache/lru-cache.ts'
import { createMemoryStore } from '../../../src/adapters/memory/memory-store.ts'
import type { OrderReader } from '../../../src/application/orders/order-repository.ts'
import type { Versioned } from '../../../src/application/versioned.ts'
import type { Order } from '../../../src/domain/order.ts'
import {
  cancelledOrder,
  expiredOrder,
  paidOrder,
  partiallyRefundedOrder,
  pendingOrder,
  refundedOrder,
} from '../../support/builders.ts'

describe('orders for showing them', () => {
  it.each([cancelledOrder(), expiredOrder(), paidOrder(), partiallyRefundedOrder(), refundedOrder()])(
    'reads one that is $status once, and again after it was changed',
    async (order) => {
      const { orders, reads, cache } = await storeWith(order)
      const found = await orders.find(order.id)
      expect(found?.value).toEqual(order)
      expect([await orders.find(order.id), reads()]).toEqual([found, 1])
      await cache.invalidate(order.id)
      await orders.find(order.id)
      expect(reads()).toBe(2)
    },
  )

  it('reads one that is still open, and one that is not there, each time', async () => {
    const { orders, reads } = await storeWith(pendingOrder())
    for (const id of [pendingOrder().id, pendingOrder().id, 'none', 'none']) await orders.find(id)
    expect(reads()).toBe(4)
  })
})

const storeWith = async (order: Order) => {
  const { transaction, readers } = createMemoryStore()
  await transaction.run(async ({ orders }): Promise<Result<void, never>> => ok(await orders.insert(order)))
  let count = 0
  const counting: OrderReader = {
    ...readers.orders,
    find(id) {
      count += 1
      return readers.orders.find(id)
    },
  }
  const cache = lruCache<Versioned<Order> | undefined>({ max: 10, ttlMs: 60_000, keeps: keepsOrder })
  return { orders: cachedOrders(counting, cache), cache, reads: () => count }
}
