import { err, ok, type Result } from 'neverthrow'
import { describe, expect } from 'vitest'
import { StoreUnavailable, WRITE_CONFLICT } from '../../../src/application/transaction.ts'
import {
  accessProduct,
  entityId,
  minute,
  paidOrder,
  pendingOrder,
  pendingPayment,
  processingRefund,
  stock,
} from '../../support/builders.ts'
import { type CreateStore, commit, insertOrder, present, read, testsOn } from './under-test.ts'

export const transactionContract = (create: CreateStore): void => {
  describe('a unit of work', () => {
    allOrNothing(create)
    repeated(create)
    concurrent(create)
  })
}

const allOrNothing = (create: CreateStore): void => {
  const test = testsOn(create)

  test('commits with an Ok and gives its value', async (store) => {
    const result = await store.transaction.run(async ({ orders }) => {
      await orders.insert(pendingOrder())
      return ok('the value')
    })
    expect(result).toEqual(ok('the value'))
    expect(await store.readers.orders.find(pendingOrder().id)).toBeDefined()
  })

  test('leaves nothing of any table behind with an Err, and gives it', async (store) => {
    const { id } = await insertOrder(store, pendingOrder({ id: entityId(1) }))
    const error = { code: 'OUT_OF_STOCK', sku: 'A' } as const
    const result = await store.transaction.run(async (repositories): Promise<Result<string, typeof error>> => {
      const { orders, payments, refunds, products, outbox } = repositories
      await orders.replace(present(await orders.find(id)), paidOrder({ id }), minute(9))
      await products.insert(accessProduct())
      await orders.insert(pendingOrder())
      await payments.insert(pendingPayment(), minute(2))
      await refunds.insert(processingRefund())
      await repositories.stock.replace(await repositories.stock.find('TSHIRT-M'), stock(), minute(1))
      await outbox.append({ stream: id, events: [{ type: 'order.created', orderId: id, at: minute(1) }], ...BY_TEST })
      return err(error)
    })
    expect(result).toEqual(err(error))
    expect((await read(store, ({ orders }) => orders.find(id)))?.value.status).toBe('pending')
    expect(await read(store, ({ products }) => products.listActive())).toEqual([])
    expect(await read(store, ({ orders }) => orders.find(pendingOrder().id))).toBeUndefined()
    expect(await read(store, ({ payments }) => payments.find(pendingPayment().id))).toBeUndefined()
    expect(await read(store, ({ refunds }) => refunds.find(processingRefund().refundNo))).toBeUndefined()
    expect(await read(store, (readers) => readers.stock.list(9, undefined))).toEqual([])
    expect(await read(store, ({ events }) => events.eventsOf(id))).toEqual([])
  })

  test('leaves nothing behind when it throws, and throws the same', async (store) => {
    const bug = new Error('a bug')
    const failed = store.transaction.run(async ({ orders }) => {
      await orders.insert(pendingOrder())
      throw bug
    })
    await expect(failed).rejects.toBe(bug)
    expect(await read(store, ({ orders }) => orders.find(pendingOrder().id))).toBeUndefined()
    await insertOrder(store, pendingOrder())
  })

  test('sees what it has written, and can write it again', async (store) => {
    await commit(store, async ({ orders }) => {
      await orders.insert(pendingOrder())
      const first = present(await orders.find(pendingOrder().id))
      expect(await orders.replace(first, paidOrder(), minute(5))).toBe(true)
      const second = present(await orders.find(pendingOrder().id))
      expect(second.value).toEqual(paidOrder())
      expect(await orders.replace(first, pendingOrder(), minute(6))).toBe(false)
    })
  })

  test('lists what it has written, changed rows once and as they are now', async (store) => {
    const { id } = await insertOrder(store, pendingOrder())
    await commit(store, async ({ orders }) => {
      await orders.replace(present(await orders.find(id)), paidOrder(), minute(5))
      await orders.insert(pendingOrder({ id: entityId(1), createdAt: minute(1) }))
      const { items } = await orders.list({ from: undefined, to: undefined }, { limit: 9, after: undefined })
      expect(items.map(({ value }) => [value.id, value.status])).toEqual([
        [entityId(1), 'pending'],
        [id, 'paid'],
      ])
    })
  })

  test('shows nobody what it never commits', async (store) => {
    let meanwhile: Promise<unknown> = Promise.resolve('not asked')
    await store.transaction.run(async ({ orders }) => {
      await orders.insert(pendingOrder())
      meanwhile = store.readers.orders.find(pendingOrder().id)
      return err('no')
    })
    expect(await meanwhile).toBeUndefined()
  })

  test('keeps values of its own, which nobody can change from outside', async (store) => {
    const createdAt = minute(0)
    await insertOrder(store, pendingOrder({ createdAt }))
    createdAt.setTime(0)
    const found = present(await store.readers.orders.find(pendingOrder().id))
    expect(found.value.createdAt).toEqual(minute(0))
    found.value.createdAt.setTime(0)
    expect((await read(store, ({ orders }) => orders.find(pendingOrder().id)))?.value.createdAt).toEqual(minute(0))
  })
}

const repeated = (create: CreateStore): void => {
  const test = testsOn(create)

  test('is run again from its start after a conflict, and only its last run counts', async (store) => {
    let runs = 0
    const result = await store.transaction.run(async ({ orders }) => {
      runs += 1
      await orders.insert(pendingOrder({ id: entityId(runs) }))
      return runs < 3 ? err(WRITE_CONFLICT) : ok(runs)
    })
    expect(result).toEqual(ok(3))
    const { items } = await store.readers.orders.list(
      { from: undefined, to: undefined },
      { limit: 9, after: undefined },
    )
    expect(items.map(({ value }) => value.id)).toEqual([entityId(3)])
  })

  test('is given up after some conflicts, as a store that is unavailable', async (store) => {
    const hopeless = store.transaction.run(async ({ orders }) => {
      await orders.insert(pendingOrder())
      return err(WRITE_CONFLICT)
    })
    await expect(hopeless).rejects.toBeInstanceOf(StoreUnavailable)
    expect(await read(store, ({ orders }) => orders.find(pendingOrder().id))).toBeUndefined()
  })

  test('is run once where the answer is another error', async (store) => {
    let runs = 0
    await store.transaction.run(async () => {
      runs += 1
      return err({ code: 'ORDER_NOT_FOUND' })
    })
    expect(runs).toBe(1)
  })
}

const concurrent = (create: CreateStore): void => {
  const test = testsOn(create)

  test('commits or rolls back alone among many that run at the same time', async (store) => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 30 }, (_, n) =>
        store.transaction.run(async ({ orders }) => {
          await orders.insert(pendingOrder({ id: entityId(n), createdAt: minute(n) }))
          if (n % 3 === 1) throw new Error(`bug ${n}`)
          return n % 3 === 2 ? err('no') : ok(n)
        }),
      ),
    )
    for (const [n, outcome] of outcomes.entries()) {
      if (n % 3 === 1) expect(outcome).toMatchObject({ status: 'rejected', reason: { message: `bug ${n}` } })
      else expect(outcome).toEqual({ status: 'fulfilled', value: n % 3 === 2 ? err('no') : ok(n) })
    }
    const { items } = await store.readers.orders.list(
      { from: undefined, to: undefined },
      { limit: 50, after: undefined },
    )
    expect(items.map(({ value }) => value.id)).toEqual([27, 24, 21, 18, 15, 12, 9, 6, 3, 0].map(entityId))
  })

  test('is exact when fifty change one row at the same time', async (store) => {
    const { id } = accessProduct()
    await commit(store, ({ products }) => products.insert(accessProduct({ sortOrder: 0 })))
    await Promise.all(
      Array.from({ length: 50 }, () =>
        store.transaction.run(async ({ products }) => {
          const before = present(await products.find(id))
          const after = { ...before.value, sortOrder: before.value.sortOrder + 1 }
          return (await products.replace(before, after)) ? ok(undefined) : err(WRITE_CONFLICT)
        }),
      ),
    )
    expect((await read(store, ({ products }) => products.find(id)))?.value.sortOrder).toBe(50)
  })
}

const BY_TEST = { cause: { kind: 'request', actor: 'test' }, at: minute(1) } as const
