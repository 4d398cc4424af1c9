import { describe, expect } from 'vitest'
import type { RefundClue } from '../../../src/application/refunds/refund-clue-repository.ts'
import { fen } from '../../../src/domain/money.ts'
import { entityId, minute, outTradeNo, pendingPayment, processingRefund, refundClue } from '../../support/builders.ts'
import {
  type CreateStore,
  commit,
  insertDefaults,
  insertPayment,
  LOOKALIKES,
  read,
  type StoreUnderTest,
  testsOn,
} from './under-test.ts'

export const refundClueContract = (create: CreateStore): void => {
  describe('clues of refunds', () => {
    const test = testsOn(create)
    const find = (store: StoreUnderTest, number: string | undefined, paymentId = pendingPayment().id) =>
      read(store, ({ refundClues }) => refundClues.find(paymentId, number))
    const insert = (store: StoreUnderTest, clue: RefundClue) =>
      commit(store, ({ refundClues }) => refundClues.insert(clue))

    test('gives a clue back as it was noted, with a number and without', async (store) => {
      await insertDefaults(store)
      expect(await find(store, undefined)).toBeUndefined()
      const unnamed = refundClue({ number: undefined })
      const named = refundClue({ number: 'OUT_BIZ_NO', amount: fen(700) })
      expect([await insert(store, unnamed), await insert(store, named)]).toEqual([true, true])
      expect(await find(store, undefined)).toEqual(unnamed)
      expect(await find(store, 'OUT_BIZ_NO')).toEqual(named)
    })

    test('notes one number of a payment once and goes on with the unit of work', async (store) => {
      await insertDefaults(store)
      const other = await insertPayment(
        store,
        pendingPayment({ id: entityId(51), orderId: entityId(50), outTradeNo: outTradeNo(51) }),
      )
      await insert(store, refundClue())
      const inserted = await commit(store, async ({ refundClues }) => [
        await refundClues.insert(refundClue({ amount: fen(1) })),
        await refundClues.insert(refundClue({ paymentId: other.id })),
      ])
      expect(inserted).toEqual([false, true])
      expect(await find(store, refundClue().number)).toEqual(refundClue())
    })

    test('notes once when many note at the same time', async (store) => {
      await insertDefaults(store)
      const inserted = await Promise.all(Array.from({ length: 20 }, () => insert(store, refundClue())))
      expect(inserted.filter((first) => first)).toHaveLength(1)
    })

    test('tells numbers apart that only look alike', async (store) => {
      await insertDefaults(store)
      for (const number of LOOKALIKES) expect(await insert(store, refundClue({ number }))).toBe(true)
      for (const number of LOOKALIKES) expect(await find(store, number)).toEqual(refundClue({ number }))
    })

    test('ends with the refund it was booked as, and stays known', async (store) => {
      await insertDefaults(store)
      const { refundNo } = processingRefund()
      const noted = refundClue({ amount: fen(700) })
      await insert(store, noted)
      await commit(store, async ({ refunds, refundClues }) => {
        await refunds.insert(processingRefund())
        await refundClues.end({ ...refundClue(), refundNo })
      })
      expect(await find(store, noted.number)).toEqual({ ...noted, refundNo })
      expect(await insert(store, noted)).toBe(false)
    })

    test('ends what was never noted as well, and is not due then', async (store) => {
      await insertDefaults(store)
      await commit(store, ({ refundClues }) => refundClues.end(refundClue()))
      expect(await find(store, refundClue().number)).toEqual(refundClue())
      const due = await commit(store, ({ refundClues }) => refundClues.claimDue(minute(9999), minute(10_000), 9))
      expect(due).toEqual([])
    })
  })
}
