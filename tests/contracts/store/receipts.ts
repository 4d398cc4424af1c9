import { describe, expect } from 'vitest'
import type { PaymentTransaction } from '../../../src/application/payments/payment-transaction.ts'
import { fen, MAX_AMOUNT_FEN } from '../../../src/domain/money.ts'
import { entityId, IDENTITIES, minute, outTradeNo, pendingOrder, pendingPayment } from '../../support/builders.ts'
import {
  type CreateStore,
  commit,
  insertDefaults,
  LOOKALIKES,
  read,
  type StoreUnderTest,
  testsOn,
} from './under-test.ts'

export const receiptContract = (create: CreateStore): void => {
  describe('receipts', () => {
    const test = testsOn(create)

    test('knows nothing of a receipt that was never written', async (store) => {
      expect(await read(store, ({ transactions }) => transactions.find('wechat', 'unknown'))).toBeUndefined()
      expect(await read(store, ({ transactions }) => transactions.listByOrder(entityId(1)))).toEqual([])
    })

    test('gives each kind of receipt back as it was inserted', async (store) => {
      await insertDefaults(store)
      const made: readonly PaymentTransaction[] = [
        receipt(1, {}),
        receipt(2, { disposition: 'honoured', source: 'query', payer: undefined }),
        receipt(3, {
          disposition: 'surplus',
          provider: 'alipay',
          identity: IDENTITIES.alipay,
          payer: '2088101117955611',
        }),
        receipt(4, { disposition: 'late', amount: fen(MAX_AMOUNT_FEN) }),
        receipt(5, { disposition: 'amount_mismatch', amount: fen(1) }),
        receipt(6, { disposition: 'unknown_order', paymentId: undefined, orderId: undefined, outTradeNo: '别人的号' }),
        receipt(7, { disposition: 'contradiction' }),
      ]
      for (const one of made) expect(await insert(store, one)).toBe(true)
      for (const one of made) {
        const found = await read(store, ({ transactions }) => transactions.find(one.provider, one.transactionId))
        expect(found).toEqual(one)
      }
    })

    test('writes a known receipt no second time and goes on with the unit of work', async (store) => {
      await insertDefaults(store)
      const first = receipt(1, {})
      await insert(store, first)
      const repeated = receipt(2, { transactionId: first.transactionId, disposition: 'surplus' })
      const other = pendingOrder({ id: entityId(90) })
      const inserted = await commit(store, async ({ transactions, orders }) => {
        const again = await transactions.insert(repeated)
        await orders.insert(other)
        return again
      })
      expect(inserted).toBe(false)
      expect(await read(store, ({ transactions }) => transactions.find('wechat', first.transactionId))).toEqual(first)
      expect(await store.readers.orders.find(other.id)).toBeDefined()
    })

    test('tells the numbers of two gateways apart, and numbers that only look alike', async (store) => {
      await insertDefaults(store)
      const made = [
        ...LOOKALIKES.map((transactionId, n) => receipt(n + 1, { transactionId })),
        receipt(9, { transactionId: 'A1', provider: 'alipay', identity: IDENTITIES.alipay }),
      ]
      for (const one of made) expect(await insert(store, one)).toBe(true)
      for (const one of made)
        expect(await read(store, ({ transactions }) => transactions.find(one.provider, one.transactionId))).toEqual(one)
      expect(await read(store, ({ transactions }) => transactions.find('wechat', 'a1 '))).toBeUndefined()
    })

    test('keeps one of many copies that come at the same time', async (store) => {
      await insertDefaults(store)
      const copies = Array.from({ length: 20 }, (_, n) => receipt(n + 1, { transactionId: '4200000001' }))
      const inserted = await Promise.all(copies.map((copy) => insert(store, copy)))
      expect(inserted.filter((first) => first)).toHaveLength(1)
    })

    test('gives a held receipt the end it has found, once', async (store) => {
      await insertDefaults(store)
      const held = receipt(1, { disposition: 'unknown_order', paymentId: undefined, orderId: undefined })
      await insert(store, held)
      const { id: paymentId, orderId } = pendingPayment()
      const end = { paymentId, orderId, disposition: 'settled' } as const
      const book = () => commit(store, ({ transactions }) => transactions.book(held, end))
      expect((await Promise.all([book(), book(), book()])).toSorted()).toEqual([false, false, true])
      const found = await read(store, ({ transactions }) => transactions.find('wechat', held.transactionId))
      expect(found).toEqual({ ...held, ...end })
    })

    test('lists the receipts of an order, oldest first', async (store) => {
      await insertDefaults(store)
      const made = [3, 1, 2].map((n) => receipt(n, { createdAt: minute(n), disposition: 'surplus' }))
      for (const one of made) await insert(store, one)
      await insert(store, receipt(4, { orderId: undefined, paymentId: undefined }))
      const listed = await read(store, ({ transactions }) => transactions.listByOrder(pendingPayment().orderId))
      expect(listed.map(({ id }) => id)).toEqual([entityId(1), entityId(2), entityId(3)])
      expect(listed[0]).toEqual(made[1])
    })
  })
}

const receipt = (n: number, given: Partial<PaymentTransaction>): PaymentTransaction => ({
  id: entityId(n),
  provider: 'wechat',
  transactionId: `42000000${n}`,
  outTradeNo: outTradeNo(1),
  paymentId: pendingPayment().id,
  orderId: pendingPayment().orderId,
  identity: IDENTITIES.wechat,
  amount: pendingPayment().amount,
  currency: 'CNY',
  disposition: 'settled',
  payer: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o',
  source: 'notification',
  paidAt: minute(5),
  createdAt: minute(6),
  ...given,
})

const insert = (store: StoreUnderTest, one: PaymentTransaction): Promise<boolean> =>
  commit(store, ({ transactions }) => transactions.insert(one))
