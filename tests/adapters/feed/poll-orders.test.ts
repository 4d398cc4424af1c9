import { ok, type Result } from 'neverthrow'
import { describe, expect, it } from 'vitest'
import { createInProcessOrderFeed } from '../../../src/adapters/feed/in-process-order-feed.ts'
import { pollOrders } from '../../../src/adapters/feed/poll-orders.ts'
import { createMemoryStore } from '../../../src/adapters/memory/memory-store.ts'
import { cancelledOrder, entityId, pendingOrder } from '../../support/builders.ts'

describe('looking for changes that another process made', () => {
  it('tells the pages of a changed order once, and asks for nothing while nobody listens', async () => {
    const { feed, look, questions, cancel } = await world()
    await look()
    expect(questions()).toBe(0)
    let told = 0
    const leave = feed.subscribe(entityId(1), () => (told += 1))
    await look()
    expect(told).toBe(1) // It may have changed since its page read it.
    await look()
    await cancel(1)
    await look()
    await look()
    expect(told).toBe(2)
    leave()
    await look()
    expect(questions()).toBe(4)
  })

  it('leaves it to the others while they tell, and looks at everything when they stop', async () => {
    const { feed, look, questions, tellsNow } = await world()
    const told: number[] = []
    for (const n of [1, 2]) feed.subscribe(entityId(n), () => told.push(n))
    tellsNow(true)
    await look()
    expect([questions(), told]).toEqual([0, []])
    tellsNow(false)
    await look()
    expect(told).toEqual([1, 2])
  })
})

const world = async () => {
  const { transaction, readers } = createMemoryStore()
  for (const n of [1, 2])
    await transaction.run(
      async ({ orders }): Promise<Result<void, never>> => ok(await orders.insert(pendingOrder({ id: entityId(n) }))),
    )
  const feed = createInProcessOrderFeed()
  let asked = 0
  let isTold = false
  const orders = {
    versions(ids: readonly string[]) {
      asked += 1
      return readers.orders.versions(ids)
    },
  }
  return {
    feed,
    look: pollOrders({ feed, orders, isTold: () => isTold }),
    questions: () => asked,
    tellsNow: (now: boolean) => (isTold = now),
    cancel: async (n: number) => {
      const before = await readers.orders.find(entityId(n))
      if (before === undefined) throw new Error('no such order')
      const after = cancelledOrder({ id: entityId(n) })
      return transaction.run(async (on) => ok(await on.orders.replace(before, after, after.cancelledAt)))
    },
  }
}
