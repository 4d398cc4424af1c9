import { describe, expect } from 'vitest'
import type { Refund } from '../../../src/domain/refund.ts'
import {
  entityId,
  failedRefund,
  minute,
  outTradeNo,
  paidPayment,
  pendingRefund,
  processingRefund,
  refundNo,
} from '../../support/builders.ts'
import { type CreateStore, commit, insertPayment, type StoreUnderTest, testsOn } from './under-test.ts'

export const refundTurnContract = (create: CreateStore): void => {
  describe('leased refunds', () => leasedRefunds(create))
  describe('the turns of refunds', () => refundTurns(create))
}

const leasedRefunds = (create: CreateStore): void => {
  const test = testsOn(create)

  test('are nobody else’s until the lease is over, and count that turn', async (store) => {
    await insert(store, processingRefund())
    await commit(store, ({ refunds }) => refunds.lease(refundNo(1), minute(15), 1))
    const claim = (now: number) => commit(store, ({ refunds }) => refunds.claimDue(minute(now), minute(99), 10))
    expect(await claim(14.99)).toEqual([])
    expect(await claim(15)).toMatchObject([{ attempts: 2 }])
  })

  for (const still of [pendingRefund(), failedRefund()]) {
    test(`are never ${still.status} ones`, async (store) => {
      await insert(store, still)
      await commit(store, ({ refunds }) => refunds.lease(still.refundNo, minute(11), 1))
      expect(await commit(store, ({ refunds }) => refunds.claimDue(minute(99), minute(100), 10))).toEqual([])
    })
  }
}

const GAP_MS = 60_000

const refundTurns = (create: CreateStore): void => {
  const test = testsOn(create)
  const { id } = paidPayment()
  const take = (store: StoreUnderTest, no: string, at: Date) =>
    commit(store, ({ payments }) => payments.takeRefundTurn(id, no, at, GAP_MS))

  test('come one after another, with the gap between them', async (store) => {
    await insertPayment(store, paidPayment())
    expect(await take(store, 'A', minute(10))).toEqual(minute(10))
    expect(await take(store, 'B', minute(10))).toEqual(minute(11))
    expect(await take(store, 'B', minute(10.5))).toEqual(minute(11))
    expect(await take(store, 'B', minute(11))).toEqual(minute(11))
    expect(await take(store, 'A', minute(11.5))).toEqual(minute(12))
  })

  test('tell numbers apart that only look alike', async (store) => {
    await insertPayment(store, paidPayment())
    expect(await take(store, 'a1', minute(10))).toEqual(minute(10))
    expect(await take(store, 'A1', minute(10))).toEqual(minute(11))
  })

  test('are always free for the refund that had the last one', async (store) => {
    await insertPayment(store, paidPayment())
    await take(store, 'A', minute(10))
    expect(await take(store, 'A', minute(10.1))).toEqual(minute(10.1))
    expect(await take(store, 'B', minute(11))).toEqual(minute(11.1))
  })

  test('of one payment leave those of another alone', async (store) => {
    await insertPayment(store, paidPayment())
    await insertPayment(store, paidPayment({ id: entityId(2), outTradeNo: outTradeNo(2), orderId: entityId(3) }))
    await take(store, 'A', minute(10))
    const other = await commit(store, ({ payments }) => payments.takeRefundTurn(entityId(2), 'B', minute(10), GAP_MS))
    expect(other).toEqual(minute(10))
  })

  test('do not wait for a clock that was put back', async (store) => {
    await insertPayment(store, paidPayment())
    await take(store, 'A', minute(1000))
    expect(await take(store, 'B', minute(10))).toEqual(minute(10))
  })

  test('go to one of many who ask at the same time', async (store) => {
    await insertPayment(store, paidPayment())
    const asked = await Promise.all(Array.from({ length: 20 }, (_, n) => take(store, refundNo(n), minute(10))))
    expect(asked.filter((free) => +free === +minute(10))).toHaveLength(1)
    expect(asked.filter((free) => +free === +minute(11))).toHaveLength(19)
  })

  test('change nothing else of the payment', async (store) => {
    await insertPayment(store, paidPayment())
    const before = await store.readers.payments.find(id)
    await take(store, 'A', minute(10))
    expect(await store.readers.payments.find(id)).toEqual(before)
  })
}

const insert = async (store: StoreUnderTest, refund: Refund): Promise<void> => {
  if ((await store.readers.payments.find(refund.paymentId)) === undefined) await insertPayment(store, paidPayment())
  expect(await commit(store, ({ refunds }) => refunds.insert(refund))).toBe(true)
}
