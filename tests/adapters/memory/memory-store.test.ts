import { ok } from 'neverthrow'
import { describe, expect, it } from 'vitest'
import { createMemoryStore } from '../../../src/adapters/memory/memory-store.ts'
import { type Repositories, StoreUnavailable } from '../../../src/application/transaction.ts'
import { storeContract } from '../../contracts/store-contract.ts'
import { pendingOrder } from '../../support/builders.ts'

storeContract('The memory store', async (onCommit) => createMemoryStore({ onCommit }))

describe('the memory store', () => {
  it('is down once it is closed', async () => {
    const store = createMemoryStore()
    expect(await store.healthy()).toBe(true)
    await store.close()
    expect(await store.healthy()).toBe(false)
    await expect(store.transaction.run(async () => ok(1))).rejects.toBeInstanceOf(StoreUnavailable)
  })

  it('refuses a write that comes after its unit of work has ended', async () => {
    const store = createMemoryStore()
    let leaked: Repositories | undefined
    await store.transaction.run(async (repositories) => {
      leaked = repositories
      return ok(undefined)
    })
    await expect(leaked?.orders.insert(pendingOrder())).rejects.toThrow('outside of a unit of work')
  })

  it('lets one unit of work end before the next begins', async () => {
    const store = createMemoryStore()
    const steps: string[] = []
    await Promise.all(
      ['a', 'b'].map((name) =>
        store.transaction.run(async ({ orders }) => {
          steps.push(`${name} begins`)
          await orders.find(pendingOrder().id)
          await Promise.resolve()
          steps.push(`${name} ends`)
          return ok(undefined)
        }),
      ),
    )
    expect(steps).toEqual(['a begins', 'a ends', 'b begins', 'b ends'])
  })
})
