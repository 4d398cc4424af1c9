import { describe, expect } from 'vitest'
import type { DueRefund } from '../../../src/application/refunds/refund-repository.ts'
import type { Refund } from '../../../src/domain/refund.ts'
import {
  cancelledRefund,
  entityId,
  failedRefund,
  minute,
  outTradeNo,
  pendingPayment,
  pendingRefund,
  processingRefund,
  refundNo,
  successfulRefund,
} from '../../support/builders.ts'
import {
  type CreateStore,
  commit,
  insertDefaults,
  insertPayment,
  present,
  read,
  type StoreUnderTest,
  TEXTS,
  testsOn,
} from './under-test.ts'

export const refundContract = (create: CreateStore): void => {
  describe('refunds', () => storedRefunds(create))
  describe('due refunds', () => dueRefunds(create))
}

const storedRefunds = (create: CreateStore): void => {
  const test = testsOn(create)
  const states: readonly (readonly [string, Refund])[] = [
    ['pending', pendingRefund()],
    ['cancelled', cancelledRefund()],
    ['processing', processingRefund()],
    ['processing and accepted', processingRefund({ refundId: '5000' })],
    ['abnormal', processingRefund({ refundId: '5000', abnormal: true })],
    ['successful', successfulRefund()],
    ['successful without a number of the gateway', successfulRefund({ refundId: undefined })],
    ['failed', failedRefund()],
    ['failed and numbered', failedRefund({ refundId: '5000' })],
  ]

  test('knows nothing of a refund that was never written', async (store) => {
    expect(await read(store, ({ refunds }) => refunds.find(refundNo(1)))).toBeUndefined()
    expect(await read(store, ({ refunds }) => refunds.listByPayment(entityId(1)))).toEqual([])
    expect(await read(store, ({ refunds }) => refunds.listByOrder(entityId(1)))).toEqual([])
  })

  for (const [name, refund] of states) {
    test(`gives a refund that is ${name} back as it was inserted`, async (store) => {
      await insert(store, refund)
      const found = present(await read(store, ({ refunds }) => refunds.find(refund.refundNo)))
      expect(found.value).toEqual(refund)
      expect(found.updatedAt).toEqual(refund.createdAt)
    })

    test(`replaces a pending refund by one that is ${name}`, async (store) => {
      await insert(store, pendingRefund())
      const before = present(await store.readers.refunds.find(refund.refundNo))
      expect(await commit(store, ({ refunds }) => refunds.replace(before, refund, minute(20)))).toBe(true)
      const after = present(await read(store, ({ refunds }) => refunds.find(refund.refundNo)))
      expect(after.value).toEqual(refund)
      expect(after.version).toBeGreaterThan(before.version)
      expect(after.updatedAt).toEqual(minute(20))
    })
  }

  test('keeps texts of any script as they are', async (store) => {
    const made = TEXTS.map((text, n) => failedRefund({ refundNo: refundNo(n), reason: text, failureReason: text }))
    for (const refund of made) await insert(store, refund)
    for (const refund of made)
      expect((await read(store, ({ refunds }) => refunds.find(refund.refundNo)))?.value).toEqual(refund)
  })

  test('refuses a number that is taken and keeps the first refund', async (store) => {
    await insert(store, pendingRefund({ reason: 'first' }))
    const again = pendingRefund({ reason: 'second' })
    expect(await commit(store, ({ refunds }) => refunds.insert(again))).toBe(false)
    expect((await read(store, ({ refunds }) => refunds.find(refundNo(1))))?.value.reason).toBe('first')
  })

  test('takes numbers of a merchant that only look alike for different ones', async (store) => {
    for (const no of ['Back-1', 'back-1', 'Back-10']) await insert(store, pendingRefund({ refundNo: no, reason: no }))
    for (const no of ['Back-1', 'back-1', 'Back-10'])
      expect((await read(store, ({ refunds }) => refunds.find(no)))?.value.reason).toBe(no)
    expect(await read(store, ({ refunds }) => refunds.find('BACK-1'))).toBeUndefined()
  })

  test('lets one of two writers win who read the same version', async (store) => {
    await insert(store, processingRefund())
    const before = present(await store.readers.refunds.find(refundNo(1)))
    const other = pendingRefund({ refundNo: refundNo(2) })
    expect(await commit(store, ({ refunds }) => refunds.replace(before, successfulRefund(), minute(12)))).toBe(true)
    await commit(store, async ({ refunds }) => {
      expect(await refunds.replace(before, failedRefund(), minute(13))).toBe(false)
      await refunds.insert(other)
    })
    expect(await read(store, ({ refunds }) => refunds.find(refundNo(1)))).toMatchObject({
      value: successfulRefund(),
      updatedAt: minute(12),
    })
    expect((await store.readers.refunds.find(other.refundNo))?.value).toEqual(other)
    const ghost = { value: pendingRefund({ refundNo: refundNo(9) }), version: 1, updatedAt: minute(0) }
    expect(await commit(store, ({ refunds }) => refunds.replace(ghost, ghost.value, minute(8)))).toBe(false)
  })

  test('lists by payment and by order, oldest first', async (store) => {
    const { orderId } = pendingPayment()
    const second = { paymentId: entityId(2), orderId }
    await insertPayment(store, pendingPayment({ id: second.paymentId, method: 'WECHAT_H5', outTradeNo: outTradeNo(2) }))
    await insert(store, pendingRefund({ refundNo: refundNo(3), createdAt: minute(3) }))
    await insert(store, pendingRefund({ refundNo: refundNo(2), createdAt: minute(1), ...second }))
    await insert(store, pendingRefund({ refundNo: refundNo(1), createdAt: minute(2) }))
    const numbers = async (refunds: Promise<readonly { readonly value: Refund }[]>) =>
      (await refunds).map(({ value }) => value.refundNo)
    expect(await numbers(read(store, ({ refunds }) => refunds.listByPayment(pendingPayment().id)))).toEqual([
      refundNo(1),
      refundNo(3),
    ])
    expect(await numbers(read(store, ({ refunds }) => refunds.listByOrder(orderId)))).toEqual([
      refundNo(2),
      refundNo(1),
      refundNo(3),
    ])
  })
}

const dueRefunds = (create: CreateStore): void => {
  const test = testsOn(create)

  test('makes a processing refund due at once and leases it with its version', async (store) => {
    await insert(store, processingRefund())
    const claimed = await claim(store, 10, 15)
    expect(claimed).toEqual([{ refund: await store.readers.refunds.find(refundNo(1)), attempts: 1 }])
    const { refund } = present(claimed[0])
    expect(await commit(store, ({ refunds }) => refunds.replace(refund, successfulRefund(), minute(12)))).toBe(true)
  })

  test('gives a leased refund to nobody else until the lease is over, and counts the claims', async (store) => {
    await insert(store, processingRefund())
    expect(await attempts(store, 10, 15)).toEqual([1])
    expect(await attempts(store, 10, 15)).toEqual([])
    expect(await attempts(store, 14.99, 30)).toEqual([])
    expect(await attempts(store, 15, 30)).toEqual([2])
    expect(await attempts(store, 29.99, 60)).toEqual([])
    expect(await attempts(store, 31, 60)).toEqual([3])
  })

  test('waits as long as it is postponed, later or earlier than the lease', async (store) => {
    await insert(store, processingRefund())
    await claim(store, 10, 15)
    await commit(store, ({ refunds }) => refunds.postpone(refundNo(1), minute(40)))
    expect(await attempts(store, 39.99, 60)).toEqual([])
    expect(await attempts(store, 40, 60)).toEqual([2])
    await commit(store, ({ refunds }) => refunds.postpone(refundNo(1), minute(45)))
    expect(await attempts(store, 45, 60)).toEqual([3])
  })

  for (const still of [pendingRefund(), cancelledRefund(), successfulRefund(), failedRefund()]) {
    test(`never makes a ${still.status} refund due, also when it is postponed`, async (store) => {
      await insert(store, still)
      await commit(store, ({ refunds }) => refunds.postpone(still.refundNo, minute(11)))
      expect(await claim(store, 10_000, 10_001)).toEqual([])
    })
  }

  test('makes a refund due at once when it becomes processing, and never again once it has left that', async (store) => {
    await insert(store, pendingRefund())
    await replace(store, processingRefund(), 20)
    expect(await claim(store, 19.99, 21)).toEqual([])
    expect(await claim(store, 20, 25)).toHaveLength(1)
    await replace(store, failedRefund(), 30)
    expect(await claim(store, 10_000, 10_001)).toEqual([])
    await replace(store, processingRefund(), 40)
    expect(await claim(store, 40, 50)).toHaveLength(1)
    await replace(store, successfulRefund(), 41)
    await commit(store, ({ refunds }) => refunds.postpone(refundNo(1), minute(42)))
    expect(await claim(store, 10_000, 10_001)).toEqual([])
  })

  test('leaves lease and count alone when a processing refund learns something and stays processing', async (store) => {
    await insert(store, processingRefund())
    await claim(store, 10, 15)
    await replace(store, processingRefund({ refundId: '5000' }), 11)
    expect(await attempts(store, 14.99, 30)).toEqual([])
    expect(await attempts(store, 15, 30)).toEqual([2])
  })

  test('takes no more than it is asked for, and leaves nobody out', async (store) => {
    const numbers = [1, 2, 3, 4, 5].map(refundNo)
    for (const no of numbers) await insert(store, processingRefund({ refundNo: no }))
    const taken = [await claim(store, 10, 60, 2), await claim(store, 10, 60, 2), await claim(store, 10, 60, 2)]
    expect(taken.map(({ length }) => length)).toEqual([2, 2, 1])
    expect(
      taken
        .flat()
        .map(({ refund }) => refund.value.refundNo)
        .toSorted(),
    ).toEqual(numbers)
  })

  test('takes first what has been due for longest', async (store) => {
    for (const n of [1, 2, 3]) await insert(store, processingRefund({ refundNo: refundNo(n) }))
    for (const [n, until] of [
      [1, 30],
      [2, 20],
      [3, 25],
    ] as const)
      await commit(store, ({ refunds }) => refunds.postpone(refundNo(n), minute(until)))
    const taken = [await claim(store, 60, 90, 1), await claim(store, 60, 90, 1), await claim(store, 60, 90, 1)]
    expect(taken.flat().map(({ refund }) => refund.value.refundNo)).toEqual([2, 3, 1].map(refundNo))
  })

  test('gives each due refund to one of many who claim at the same time', async (store) => {
    for (let n = 1; n <= 12; n += 1) await insert(store, processingRefund({ refundNo: refundNo(n) }))
    const taken = (await Promise.all(Array.from({ length: 8 }, () => claim(store, 10, 60, 3)))).flat()
    taken.push(...(await claim(store, 10, 60, 20))) // What each of them had left to the others.
    expect(new Set(taken.map(({ refund }) => refund.value.refundNo)).size).toBe(12)
    expect(taken).toHaveLength(12)
  })
}

const insert = async (store: StoreUnderTest, refund: Refund): Promise<void> => {
  if ((await store.readers.payments.find(pendingPayment().id)) === undefined) await insertDefaults(store)
  expect(await commit(store, ({ refunds }) => refunds.insert(refund))).toBe(true)
}

const replace = (store: StoreUnderTest, after: Refund, at: number): Promise<void> =>
  commit(store, async ({ refunds }) => {
    const before = present(await refunds.find(after.refundNo))
    expect(await refunds.replace(before, after, minute(at))).toBe(true)
  })

const claim = (store: StoreUnderTest, now: number, until: number, limit = 10): Promise<readonly DueRefund[]> =>
  commit(store, ({ refunds }) => refunds.claimDue(minute(now), minute(until), limit))

const attempts = async (store: StoreUnderTest, now: number, until: number): Promise<readonly number[]> =>
  (await claim(store, now, until)).map((due) => due.attempts)
