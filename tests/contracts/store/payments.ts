import { describe, expect } from 'vitest'
import type { PaymentFilter } from '../../../src/application/payments/payment-repository.ts'
import { METHODS, type Payment, PROVIDERS } from '../../../src/domain/payment.ts'
import {
  closedPayment,
  entityId,
  failedPayment,
  minute,
  outTradeNo,
  paidPayment,
  partiallyRefundedPayment,
  pendingOrder,
  pendingPayment,
  refundedPayment,
} from '../../support/builders.ts'
import {
  allPages,
  type CreateStore,
  commit,
  insertOrder,
  insertPayment,
  present,
  read,
  type StoreUnderTest,
  TEXTS,
  testsOn,
  valuesOf,
} from './under-test.ts'

export const paymentContract = (create: CreateStore): void => {
  describe('payments', () => {
    storedPayments(create)
    openPayments(create)
    listedPayments(create)
  })
}

const storedPayments = (create: CreateStore): void => {
  const test = testsOn(create)

  test('knows nothing of a payment that was never written', async (store) => {
    expect(await read(store, ({ payments }) => payments.find(entityId(1)))).toBeUndefined()
    expect(await read(store, ({ payments }) => payments.findByOutTradeNo(outTradeNo(1)))).toBeUndefined()
    expect(await read(store, ({ payments }) => payments.findWithOrder(outTradeNo(1)))).toBeUndefined()
    expect(
      await read(store, ({ payments }) => payments.findOpen(entityId(1), 'wechat', 'WECHAT_NATIVE')),
    ).toBeUndefined()
    expect(await read(store, ({ payments }) => payments.listByOrder(entityId(1)))).toEqual([])
  })

  for (const payment of STATES) {
    test(`gives a ${payment.status} payment back as it was inserted`, async (store) => {
      await insertPayment(store, payment)
      const found = present(await read(store, ({ payments }) => payments.find(payment.id)))
      expect(found.value).toEqual(payment)
      expect(found.updatedAt).toEqual(payment.createdAt)
    })

    test(`replaces a pending payment by a ${payment.status} one`, async (store) => {
      await insertPayment(store, pendingPayment())
      const before = present(await store.readers.payments.find(payment.id))
      expect(await commit(store, ({ payments }) => payments.replace(before, payment, minute(7)))).toBe(true)
      const after = present(await read(store, ({ payments }) => payments.find(payment.id)))
      expect(after.value).toEqual(payment)
      expect(after.version).toBeGreaterThan(before.version)
      expect(after.updatedAt).toEqual(minute(7))
    })
  }

  test('keeps each method and the first request word for word', async (store) => {
    const methods = PROVIDERS.flatMap((provider) => METHODS[provider].map((method) => ({ provider, method })))
    for (const [n, facts] of methods.entries()) {
      const request = {
        subject: TEXTS[n % TEXTS.length] ?? '',
        notifyUrl: 'https://pay.example.cn/notify?a=1&b=%20',
        returnUrl: n % 2 === 0 ? 'https://shop.example.cn/完成?订单=1#x' : undefined,
        openid: n % 3 === 0 ? 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o' : undefined,
        clientIp: n % 2 === 1 ? '2001:db8::1' : undefined,
      }
      const payment = await insertPayment(
        store,
        pendingPayment({ ...facts, id: entityId(n + 1), outTradeNo: outTradeNo(n + 1), request }),
      )
      expect(present(await read(store, ({ payments }) => payments.find(payment.id))).value).toEqual(payment)
    }
  })

  test('finds a payment by its number, alone and with its order', async (store) => {
    const order = await insertOrder(store, pendingOrder())
    const payment = await insertPayment(store, pendingPayment({ orderId: order.id }))
    await insertPayment(store, pendingPayment({ id: entityId(2), outTradeNo: outTradeNo(2), orderId: entityId(3) }))
    const found = await read(store, ({ payments }) => payments.findByOutTradeNo(payment.outTradeNo))
    expect(found).toEqual(await store.readers.payments.find(payment.id))
    expect(await read(store, ({ payments }) => payments.findWithOrder(payment.outTradeNo))).toEqual({
      payment: found,
      order: await store.readers.orders.find(order.id),
    })
  })

  test('reads a number exactly as it is written', async (store) => {
    await insertPayment(store, pendingPayment({ outTradeNo: 'Order-A1' }))
    for (const other of ['order-a1', 'Order-A1 ', 'Order-Á1', 'Order-A'])
      expect(await read(store, ({ payments }) => payments.findByOutTradeNo(other))).toBeUndefined()
  })

  test('refuses an id or a number that is taken', async (store) => {
    const first = await insertPayment(store, pendingPayment())
    const elsewhere = { orderId: entityId(5) }
    await expect(insertPayment(store, pendingPayment({ ...elsewhere, id: entityId(6) }))).rejects.toThrow()
    await expect(insertPayment(store, pendingPayment({ ...elsewhere, outTradeNo: outTradeNo(6) }))).rejects.toThrow()
    expect(await read(store, ({ payments }) => payments.listByOrder(elsewhere.orderId))).toEqual([])
    expect(present(await read(store, ({ payments }) => payments.find(first.id))).value).toEqual(first)
  })

  test('lets one of two writers win who read the same version', async (store) => {
    const { id } = await insertPayment(store, pendingPayment())
    const before = present(await store.readers.payments.find(id))
    const other = pendingOrder({ id: entityId(9) })
    expect(await commit(store, ({ payments }) => payments.replace(before, paidPayment(), minute(6)))).toBe(true)
    await commit(store, async ({ payments, orders }) => {
      expect(await payments.replace(before, closedPayment(), minute(7))).toBe(false)
      await orders.insert(other)
    })
    expect(await read(store, ({ payments }) => payments.find(id))).toMatchObject({
      value: paidPayment(),
      updatedAt: minute(6),
    })
    expect(await store.readers.orders.find(other.id)).toBeDefined()
    const ghost = { value: pendingPayment({ id: entityId(7) }), version: 1, updatedAt: minute(0) }
    expect(await commit(store, ({ payments }) => payments.replace(ghost, ghost.value, minute(8)))).toBe(false)
  })
}

const openPayments = (create: CreateStore): void => {
  const test = testsOn(create)

  test('allows one pending payment for each order, provider and method, and goes on after a second', async (store) => {
    const first = await insertPayment(store, pendingPayment())
    const again = pendingPayment({ id: entityId(2), outTradeNo: outTradeNo(2) })
    const other = pendingPayment({
      id: entityId(3),
      outTradeNo: outTradeNo(3),
      method: 'WECHAT_H5',
      createdAt: minute(2),
    })
    const kept = await commit(store, async ({ payments }) => [
      await payments.insert(again, minute(2)),
      await payments.insert(other, minute(2)),
    ])
    expect(kept).toEqual([false, true])
    expect(await read(store, ({ payments }) => payments.find(again.id))).toBeUndefined()
    expect(valuesOf(await store.readers.payments.listByOrder(first.orderId))).toEqual([first, other])
    const { orderId } = first
    const open = await read(store, ({ payments }) => payments.findOpen(orderId, 'wechat', 'WECHAT_NATIVE'))
    expect(open?.value).toEqual(first)
    expect(await read(store, ({ payments }) => payments.findOpen(orderId, 'alipay', 'ALIPAY_QR'))).toBeUndefined()
  })

  for (const ended of [closedPayment(), failedPayment(), paidPayment()]) {
    test(`makes room for another once the first is ${ended.status}`, async (store) => {
      const { id, orderId } = await insertPayment(store, pendingPayment())
      const second = pendingPayment({ id: entityId(2), outTradeNo: outTradeNo(2), createdAt: minute(3) })
      const openNow = () => read(store, ({ payments }) => payments.findOpen(orderId, 'wechat', 'WECHAT_NATIVE'))
      await commit(store, async ({ payments }) => {
        await payments.replace(present(await payments.find(id)), ended, minute(2))
      })
      expect(await openNow()).toBeUndefined()
      expect(await commit(store, ({ payments }) => payments.insert(second, minute(2)))).toBe(true)
      expect((await openNow())?.value).toEqual(second)
      expect(valuesOf(await store.readers.payments.listByOrder(orderId))).toEqual([ended, second])
    })
  }

  test('makes room for another within the unit of work that ends the first', async (store) => {
    const { id } = await insertPayment(store, pendingPayment())
    const inserted = await commit(store, async ({ payments }) => {
      await payments.replace(present(await payments.find(id)), closedPayment(), minute(2))
      return payments.insert(pendingPayment({ id: entityId(2), outTradeNo: outTradeNo(2) }), minute(2))
    })
    expect(inserted).toBe(true)
  })

  test('keeps one of many that are opened at the same time', async (store) => {
    await insertOrder(store, pendingOrder())
    const attempts = Array.from({ length: 20 }, (_, n) =>
      pendingPayment({ id: entityId(n + 1), outTradeNo: outTradeNo(n + 1) }),
    )
    const kept = await Promise.all(
      attempts.map((each) => commit(store, ({ payments }) => payments.insert(each, minute(2)))),
    )
    expect(kept.filter((inserted) => inserted)).toHaveLength(1)
    expect(await read(store, ({ payments }) => payments.listByOrder(pendingOrder().id))).toHaveLength(1)
  })
}

const listedPayments = (create: CreateStore): void => {
  const test = testsOn(create)

  test('lists the payments of an order, oldest first', async (store) => {
    const made = [3, 1, 2].map((n) =>
      closedPayment({ id: entityId(n), outTradeNo: outTradeNo(n), createdAt: minute(10 - n) }),
    )
    for (const payment of made) await insertPayment(store, payment)
    await insertPayment(store, pendingPayment({ id: entityId(4), outTradeNo: outTradeNo(4), orderId: entityId(9) }))
    const listed = await read(store, ({ payments }) => payments.listByOrder(pendingPayment().orderId))
    expect(listed.map(({ value }) => value.id)).toEqual([entityId(3), entityId(2), entityId(1)])
  })

  test('lists newest first, page by page, also where many have one time', async (store) => {
    const expected = await insertMany(store)
    for (const limit of [1, 2, 3, 7, 8, 100])
      expect(valuesOf(await allPages(limit, (page) => store.readers.payments.list(everything, page)))).toEqual(expected)
  })

  test('filters by user, provider, status and time, on each page', async (store) => {
    const all = await insertMany(store)
    const ids = async (filter: Partial<PaymentFilter>, limit: number): Promise<readonly string[]> =>
      valuesOf(await allPages(limit, (page) => store.readers.payments.list({ ...everything, ...filter }, page))).map(
        ({ id }) => id,
      )
    const expected = (test: (payment: Payment) => boolean) => all.filter(test).map(({ id }) => id)
    for (const limit of [1, 2, 50]) {
      expect(await ids({ userId: 'user-2' }, limit)).toEqual(expected(({ userId }) => userId === 'user-2'))
      expect(await ids({ provider: 'alipay' }, limit)).toEqual(expected(({ provider }) => provider === 'alipay'))
      expect(await ids({ status: 'closed' }, limit)).toEqual(expected(({ status }) => status === 'closed'))
      expect(await ids({ from: minute(1) }, limit)).toEqual(expected(({ createdAt }) => createdAt >= minute(1)))
      expect(await ids({ to: minute(1) }, limit)).toEqual(expected(({ createdAt }) => createdAt < minute(1)))
      expect(await ids({ from: minute(1), to: minute(2), userId: 'user-1', provider: 'wechat' }, limit)).toEqual(
        expected((p) => +p.createdAt === +minute(1) && p.userId === 'user-1' && p.provider === 'wechat'),
      )
    }
  })
}

const STATES: readonly Payment[] = [
  pendingPayment(),
  failedPayment(),
  closedPayment(),
  paidPayment(),
  partiallyRefundedPayment(),
  refundedPayment(),
]

const everything = { from: undefined, to: undefined }

/** Eight payments over three instants, two users, providers and states, given newest first. */
const insertMany = async (store: StoreUnderTest): Promise<readonly Payment[]> => {
  const made = [5, 2, 7, 1, 8, 3, 6, 4].map((n): Payment => {
    const facts = {
      id: entityId(n),
      orderId: entityId(100 + n),
      outTradeNo: outTradeNo(n),
      userId: n % 2 === 0 ? 'user-2' : 'user-1',
      provider: n > 4 ? ('alipay' as const) : ('wechat' as const),
      createdAt: minute(Math.floor(n / 3)),
    }
    return n % 3 === 0 ? closedPayment(facts) : pendingPayment(facts)
  })
  for (const payment of made) await insertPayment(store, payment)
  return made.toSorted((a, b) => +b.createdAt - +a.createdAt || (a.id < b.id ? 1 : -1))
}
