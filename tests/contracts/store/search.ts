import { describe, expect } from 'vitest'
import type { OrderFilter } from '../../../src/application/orders/order-repository.ts'
import type { PaymentFilter } from '../../../src/application/payments/payment-repository.ts'
import type { PaymentTransaction } from '../../../src/application/payments/payment-transaction.ts'
import type { RefundFilter } from '../../../src/application/refunds/refund-repository.ts'
import { fen } from '../../../src/domain/money.ts'
import {
  cancelledRefund,
  entityId,
  IDENTITIES,
  minute,
  outTradeNo,
  pendingOrder,
  pendingPayment,
  pendingRefund,
  refundNo,
} from '../../support/builders.ts'
import {
  allPages,
  type CreateStore,
  commit,
  insertOrder,
  insertPayment,
  type StoreUnderTest,
  testsOn,
} from './under-test.ts'

/** What an operator finds by the numbers that a customer reads out, and by who paid over what. */
export const searchContract = (create: CreateStore): void => {
  describe('the search', () => {
    const test = testsOn(create)

    test('finds an order by the number, the transaction and the provider of any of its payments', async (store) => {
      await fill(store)
      const find = (filter: Partial<OrderFilter>) => ordersFound(store, filter)
      expect(await find({ outTradeNo: outTradeNo(2) })).toEqual([entityId(1)])
      expect(await find({ outTradeNo: outTradeNo(9) })).toEqual([])
      expect(await find({ transactionId: '4200-1' })).toEqual([entityId(1)])
      expect(await find({ transactionId: 'held' })).toEqual([entityId(2)])
      expect(await find({ transactionId: 'of nobody' })).toEqual([])
      expect(await find({ provider: 'wechat' })).toEqual([entityId(2), entityId(1)])
      expect(await find({ provider: 'alipay' })).toEqual([entityId(1)])
      expect(await find({ provider: 'points' })).toEqual([])
    })

    test('finds an order by several of them only where all are true', async (store) => {
      await fill(store)
      const find = (filter: Partial<OrderFilter>) => ordersFound(store, filter)
      const named = { outTradeNo: outTradeNo(1), transactionId: '4200-1' }
      expect(await find({ ...named, userId: 'user-1', status: 'pending', provider: 'wechat' })).toEqual([entityId(1)])
      expect(await find({ ...named, userId: 'user-2' })).toEqual([])
      expect(await find({ ...named, status: 'paid' })).toEqual([])
      expect(await find({ ...named, provider: 'points' })).toEqual([])
      expect(await find({ ...named, from: minute(2) })).toEqual([])
      expect(await find({ outTradeNo: outTradeNo(3), transactionId: '4200-1' })).toEqual([])
    })

    test('finds a payment by its own number and by those of its receipts, held ones too', async (store) => {
      await fill(store)
      const find = async (filter: Partial<PaymentFilter>) =>
        (await allPages(1, (page) => store.readers.payments.list({ ...ALWAYS, ...filter }, page))).map(
          ({ value }) => value.id,
        )
      expect(await find({ outTradeNo: outTradeNo(2) })).toEqual([entityId(12)])
      expect(await find({ outTradeNo: outTradeNo(2), provider: 'wechat' })).toEqual([])
      expect(await find({ transactionId: '4200-1' })).toEqual([entityId(11)])
      expect(await find({ transactionId: 'held', userId: 'user-2' })).toEqual([entityId(13)])
      expect(await find({ transactionId: 'held', userId: 'user-1' })).toEqual([])
      expect(await find({ transactionId: 'of nobody' })).toEqual([])
    })

    test('lists refunds newest first and filters them, page by page', async (store) => {
      await fill(store)
      const find = async (filter: Partial<RefundFilter>, limit: number) =>
        (await allPages(limit, (page) => store.readers.refunds.list({ ...ALWAYS, ...filter }, page))).map(
          ({ value }) => value.refundNo,
        )
      for (const limit of [1, 2, 50]) {
        expect(await find({}, limit)).toEqual([refundNo(4), refundNo(3), refundNo(2), refundNo(1)])
        expect(await find({ userId: 'user-1' }, limit)).toEqual([refundNo(3), refundNo(1)])
        expect(await find({ status: 'cancelled' }, limit)).toEqual([refundNo(3)])
        expect(await find({ provider: 'alipay' }, limit)).toEqual([refundNo(3)])
        expect(await find({ from: minute(10), to: minute(12) }, limit)).toEqual([refundNo(2), refundNo(1)])
        expect(await find({ outTradeNo: outTradeNo(3) }, limit)).toEqual([refundNo(4), refundNo(2)])
        expect(await find({ transactionId: '4200-1' }, limit)).toEqual([refundNo(1)])
        expect(await find({ transactionId: '4200-1', outTradeNo: outTradeNo(3) }, limit)).toEqual([])
        expect(await find({ outTradeNo: outTradeNo(3), status: 'pending', from: minute(12) }, limit)).toEqual([
          refundNo(4),
        ])
      }
    })
  })
}

const ALWAYS = { from: undefined, to: undefined }

const ordersFound = async (store: StoreUnderTest, filter: Partial<OrderFilter>): Promise<readonly string[]> =>
  (await allPages(1, (page) => store.readers.orders.list({ ...ALWAYS, ...filter }, page))).map(({ value }) => value.id)

/** Two orders: one with a payment over each gateway, one with a payment whose receipt is held; and refunds of them. */
const fill = async (store: StoreUnderTest): Promise<void> => {
  await insertOrder(store, pendingOrder({ id: entityId(1), userId: 'user-1', createdAt: minute(1) }))
  await insertOrder(store, pendingOrder({ id: entityId(2), userId: 'user-2', createdAt: minute(2) }))
  const first = { orderId: entityId(1), userId: 'user-1' }
  const second = { orderId: entityId(2), userId: 'user-2' }
  await insertPayment(store, pendingPayment({ ...first, id: entityId(11), outTradeNo: outTradeNo(1) }))
  await insertPayment(
    store,
    pendingPayment({ ...first, id: entityId(12), outTradeNo: outTradeNo(2), provider: 'alipay' }),
  )
  await insertPayment(store, pendingPayment({ ...second, id: entityId(13), outTradeNo: outTradeNo(3) }))
  await commit(store, async ({ transactions, refunds }) => {
    await transactions.insert(receipt(21, '4200-1', { paymentId: entityId(11), orderId: entityId(1) }))
    const held = { paymentId: entityId(13), orderId: entityId(2), disposition: 'amount_mismatch' } as const
    await transactions.insert(receipt(22, 'held', held))
    await transactions.insert(receipt(23, 'of nobody', { paymentId: undefined, orderId: undefined }))
    const ofFirst = { ...first, paymentId: entityId(11) }
    const ofSecond = { ...second, paymentId: entityId(13) }
    await refunds.insert(pendingRefund({ ...ofFirst, refundNo: refundNo(1), createdAt: minute(10) }))
    await refunds.insert(pendingRefund({ ...ofSecond, refundNo: refundNo(2), createdAt: minute(10) }))
    const overAlipay = { ...first, paymentId: entityId(12), provider: 'alipay' } as const
    await refunds.insert(cancelledRefund({ ...overAlipay, refundNo: refundNo(3), createdAt: minute(12) }))
    await refunds.insert(pendingRefund({ ...ofSecond, refundNo: refundNo(4), createdAt: minute(12) }))
  })
}

const receipt = (n: number, transactionId: string, given: Partial<PaymentTransaction>): PaymentTransaction => ({
  id: entityId(n),
  provider: 'wechat',
  transactionId,
  outTradeNo: outTradeNo(1),
  paymentId: undefined,
  orderId: undefined,
  identity: IDENTITIES.wechat,
  amount: fen(9900),
  currency: 'CNY',
  disposition: 'settled',
  payer: undefined,
  source: 'notification',
  paidAt: minute(5),
  createdAt: minute(5),
  ...given,
})
