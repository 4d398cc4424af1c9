import { describe, expect } from 'vitest'
import type { Cursor, Span } from '../../../src/application/page.ts'
import type { PaymentTransaction } from '../../../src/application/payments/payment-transaction.ts'
import type { BookedReceipt, BookedRefund } from '../../../src/application/reconciliation/day-books.ts'
import { fen } from '../../../src/domain/money.ts'
import {
  entityId,
  failedRefund,
  IDENTITIES,
  minute,
  outTradeNo,
  paidPayment,
  partiallyRefundedPayment,
  pendingPayment,
  pendingRefund,
  processingRefund,
  refundClue,
  refundNo,
  successfulRefund,
} from '../../support/builders.ts'
import {
  type CreateStore,
  commit,
  insertDefaults,
  insertPayment,
  read,
  type StoreUnderTest,
  testsOn,
} from './under-test.ts'

const SPAN: Span = { from: minute(0), to: minute(60) }

export const dayBooksContract = (create: CreateStore): void => {
  describe('the books of a day', () => {
    receiptsOfADay(create)
    refundsOfADay(create)
    byNumber(create)
  })
}

const receiptsOfADay = (create: CreateStore): void => {
  const test = testsOn(create)
  const walk = (store: StoreUnderTest, limit: number, span = SPAN) =>
    pages<BookedReceipt>(
      limit,
      (after) => read(store, ({ dayBooks }) => dayBooks.receipts('wechat', span, after, limit)),
      ({ at, id }) => ({ createdAt: new Date(at), id }),
    )

  test('lists receipts from the first moment of the day to before the last, of one provider', async (store) => {
    await insertDefaults(store)
    const before = new Date(SPAN.from.getTime() - 1)
    const last = new Date(SPAN.to.getTime() - 1)
    const made = [before, SPAN.from, minute(30), last, SPAN.to].map((paidAt, n) => receipt(n + 1, { paidAt }))
    for (const one of made) await insert(store, one)
    await insert(store, receipt(9, { provider: 'alipay', identity: IDENTITIES.alipay, paidAt: minute(30) }))
    const found = await walk(store, 10)
    expect(found).toEqual(
      made.slice(1, 4).map(({ id, outTradeNo: no, transactionId, amount, paidAt }) => ({
        id,
        outTradeNo: no,
        transactionId,
        amount,
        at: paidAt.getTime(),
      })),
    )
  })

  test('lists receipts that were booked as paid, and no others', async (store) => {
    await insertDefaults(store)
    const dispositions: PaymentTransaction['disposition'][] = [
      'settled',
      'honoured',
      'surplus',
      'late',
      'amount_mismatch',
      'unknown_order',
      'contradiction',
    ]
    for (const [n, disposition] of dispositions.entries()) await insert(store, receipt(n + 1, { disposition }))
    expect((await walk(store, 10)).map(({ id }) => id)).toEqual([1, 2, 3, 4].map(entityId))
  })

  test('comes to each receipt once, in pages of any length, where many were paid in one moment', async (store) => {
    await insertDefaults(store)
    for (let n = 9; n >= 1; n -= 1) await insert(store, receipt(n, { paidAt: minute(n < 3 ? 0 : n < 8 ? 30 : 31) }))
    for (const limit of [1, 2, 3, 9, 10])
      expect((await walk(store, limit)).map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9].map(entityId))
  })
}

const refundsOfADay = (create: CreateStore): void => {
  const test = testsOn(create)
  const walk = (store: StoreUnderTest, limit: number) =>
    pages<BookedRefund>(
      limit,
      (after) => read(store, ({ dayBooks }) => dayBooks.refunds('wechat', SPAN, after, limit)),
      ({ at, refundNo: id }) => ({ createdAt: new Date(at), id }),
    )

  test('lists refunds that went through on the day, and no others', async (store) => {
    await insertDefaults(store)
    await commit(store, async ({ refunds }) => {
      const at = { processedAt: minute(12) }
      await refunds.insert(successfulRefund({ refundNo: refundNo(1), ...at }))
      await refunds.insert(failedRefund({ refundNo: refundNo(2), ...at }))
      await refunds.insert(processingRefund({ refundNo: refundNo(3) }))
      await refunds.insert(pendingRefund({ refundNo: refundNo(4) }))
      await refunds.insert(successfulRefund({ refundNo: refundNo(5), processedAt: SPAN.to }))
      await refunds.insert(successfulRefund({ refundNo: refundNo(6), processedAt: SPAN.from }))
      await refunds.insert(successfulRefund({ refundNo: refundNo(7), provider: 'alipay', ...at }))
    })
    const { amount } = successfulRefund()
    expect(await walk(store, 10)).toEqual([
      { refundNo: refundNo(6), outTradeNo: outTradeNo(1), amount, at: SPAN.from.getTime() },
      { refundNo: refundNo(1), outTradeNo: outTradeNo(1), amount, at: minute(12).getTime() },
    ])
  })

  test('comes to each refund once, in pages of any length, where many went through in one moment', async (store) => {
    await insertDefaults(store)
    await commit(store, async ({ refunds }) => {
      for (let n = 9; n >= 1; n -= 1)
        await refunds.insert(successfulRefund({ refundNo: refundNo(n), processedAt: minute(n < 8 ? 12 : 13) }))
    })
    for (const limit of [1, 2, 3, 9, 10])
      expect((await walk(store, limit)).map((one) => one.refundNo)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9].map(refundNo))
  })
}

const byNumber = (create: CreateStore): void => {
  const test = testsOn(create)

  test('knows a payment by its number at its own gateway, whatever became of it', async (store) => {
    const find = (provider: 'wechat' | 'alipay', n: number) =>
      read(store, ({ dayBooks }) => dayBooks.findPayment(provider, outTradeNo(n)))
    const { id, amount, transactionId, paidAt } = paidPayment()
    await insertPayment(store, pendingPayment())
    await insertPayment(store, paidPayment({ id: entityId(2), orderId: entityId(2), outTradeNo: outTradeNo(2) }))
    await insertPayment(
      store,
      partiallyRefundedPayment({
        id: entityId(3),
        orderId: entityId(3),
        outTradeNo: outTradeNo(3),
        transactionId: '4200000003',
      }),
    )
    expect(await find('wechat', 1)).toEqual({ paymentId: id, amount, status: 'pending', paid: undefined })
    expect(await find('wechat', 2)).toEqual({
      paymentId: entityId(2),
      amount,
      status: 'paid',
      paid: { transactionId, at: paidAt },
    })
    expect(await find('wechat', 3)).toMatchObject({
      status: 'partially_refunded',
      paid: { transactionId: '4200000003', at: paidAt },
    })
    expect(await find('alipay', 2)).toBeUndefined()
    expect(await find('wechat', 9)).toBeUndefined()
  })

  test('knows a refund by our number, by the one of the console, and by the gateway’s own', async (store) => {
    const find = (number: string, refundId?: string, no = 1) =>
      read(store, ({ dayBooks }) => dayBooks.findRefund('wechat', outTradeNo(no), number, refundId))
    await insertDefaults(store)
    await insertPayment(store, pendingPayment({ id: entityId(2), orderId: entityId(2), outTradeNo: outTradeNo(2) }))
    const refund = successfulRefund({ refundNo: refundNo(1), refundId: '50300001', amount: fen(700) })
    await commit(store, async ({ refunds, refundClues }) => {
      await refunds.insert(refund)
      await refunds.insert(processingRefund({ refundNo: refundNo(2) }))
      await refundClues.end(refundClue({ number: 'CONSOLE', refundNo: refundNo(1) }))
      await refundClues.insert(refundClue({ number: 'UNTOLD' }))
    })
    const known = { refundNo: refundNo(1), amount: fen(700), status: 'success', processedAt: refund.processedAt }
    expect(await find(refundNo(1))).toEqual(known)
    expect(await find('CONSOLE')).toEqual(known)
    expect(await find('50300001', '50300001')).toEqual(known)
    expect(await find('UNTOLD')).toBeUndefined()
    expect(await find('50300001')).toBeUndefined()
    expect(await find(refundNo(2))).toMatchObject({ status: 'processing', processedAt: undefined })
    expect(await find(refundNo(1), '50300001', 2)).toBeUndefined()
    expect(await find('CONSOLE', undefined, 2)).toBeUndefined()
    expect(await find(refundNo(1), undefined, 9)).toBeUndefined()
  })

  test('knows when the first payment of a gateway was begun', async (store) => {
    const first = (provider: 'wechat' | 'alipay') => read(store, ({ dayBooks }) => dayBooks.firstPaymentAt(provider))
    expect(await first('wechat')).toBeUndefined()
    for (const n of [3, 1, 2])
      await insertPayment(
        store,
        pendingPayment({ id: entityId(n), orderId: entityId(n), outTradeNo: outTradeNo(n), createdAt: minute(n) }),
      )
    expect(await first('wechat')).toEqual(minute(1))
    expect(await first('alipay')).toBeUndefined()
  })
}

const pages = async <T>(
  limit: number,
  list: (after: Cursor | undefined) => Promise<readonly T[]>,
  placeOf: (row: T) => Cursor,
): Promise<readonly T[]> => {
  const all: T[] = []
  for (;;) {
    const last = all.at(-1)
    const page = await list(last && placeOf(last))
    expect(page.length).toBeLessThanOrEqual(limit)
    if (page.length === 0) return all
    all.push(...page)
  }
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
  payer: undefined,
  source: 'notification',
  paidAt: minute(5),
  createdAt: minute(6),
  ...given,
})

const insert = (store: StoreUnderTest, one: PaymentTransaction): Promise<boolean> =>
  commit(store, ({ transactions }) => transactions.insert(one))
