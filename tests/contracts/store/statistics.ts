import { err, ok, type Result } from 'neverthrow'
import { describe, expect } from 'vitest'
import { FIGURES, type Figure, type Figures } from '../../../src/application/statistics/figures.ts'
import { WRITE_CONFLICT, type WriteConflict } from '../../../src/application/transaction.ts'
import { fen } from '../../../src/domain/money.ts'
import type { Payment } from '../../../src/domain/payment.ts'
import { dayNumberOf } from '../../../src/domain/shanghai-day.ts'
import {
  closedPayment,
  entityId,
  IDENTITIES,
  minute,
  outTradeNo,
  paidPayment,
  pendingOrder,
  pendingPayment,
  pendingRefund,
  refundNo,
  successfulRefund,
} from '../../support/builders.ts'
import { type CreateStore, commit, insertPayment, present, type StoreUnderTest, testsOn } from './under-test.ts'

/** All builders' orders are made at noon of this day in Shanghai. */
const DAY = dayNumberOf(minute(0))
const TODAY = { first: DAY, last: DAY }
/** The first instant of the day after. */
const MIDNIGHT = minute(12 * 60)
const ABOUT = { first: DAY - 3, last: DAY + 3 }

export const statisticsContract = (create: CreateStore): void => {
  describe('statistics that are kept', () => counted(create, ({ statistics }) => statistics.completeFirstCount()))
  describe('statistics before the first count is complete', () => counted(create, async () => undefined))
  describe('the first count', () => firstCount(create))
}

const counted = (create: CreateStore, prepare: (store: StoreUnderTest) => Promise<void>): void => {
  const test = (behaviour: string, body: (store: StoreUnderTest) => Promise<void>): void =>
    testsOn(create)(behaviour, async (store) => {
      await prepare(store)
      await body(store)
    })

  test('are nothing in empty books', async ({ statistics }) => {
    expect(await statistics.byProvider(ABOUT)).toEqual([])
    expect(await statistics.byDay(ABOUT, undefined)).toEqual([])
    expect(await statistics.span()).toBeUndefined()
  })

  test('count a payment on the day it was made, by the state it is in now', async (store) => {
    const payment = await insertPayment(store, pendingPayment({ createdAt: new Date(MIDNIGHT.getTime() - 1) }))
    expect(await figures(store, TODAY)).toEqual({ wechat: { payments_pending: 1, payments_pending_fen: 9900 } })
    await replace(store, closedPayment({ createdAt: payment.createdAt }), minute(9000))
    expect(await figures(store, TODAY)).toEqual({ wechat: { payments_closed: 1, payments_closed_fen: 9900 } })
    expect(await figures(store, { first: DAY + 1, last: DAY + 9 })).toEqual({})
    expect(await store.statistics.span()).toEqual(TODAY)
  })

  test('count what was paid on the day of paying, with the time it took', async (store) => {
    const createdAt = new Date(MIDNIGHT.getTime() - 1)
    await insertPayment(store, pendingPayment({ createdAt }))
    await pay(store, paidPayment({ createdAt, paidAt: MIDNIGHT }))
    expect(await figures(store, TODAY)).toEqual({ wechat: { payments_paid: 1, payments_paid_fen: 9900 } })
    const paid = { paid: 1, paid_fen: 9900, paid_ms: 1 }
    expect(await figures(store, { first: DAY + 1, last: DAY + 1 })).toEqual({ wechat: paid })
    expect(await store.statistics.byDay(ABOUT, undefined)).toEqual([
      { day: DAY + 1, flow: { paid: 1, paid_fen: 9900, returned: 0, returned_fen: 0 } },
    ])
    expect(await store.statistics.byDay(ABOUT, 'alipay')).toEqual([])
    expect(await store.statistics.span()).toEqual({ first: DAY, last: DAY + 1 })
  })

  test('take a payment that was paid before it was made for one that took no time', async (store) => {
    await insertPayment(store, pendingPayment())
    await pay(store, paidPayment({ paidAt: minute(0) }))
    expect((await figures(store, TODAY))['wechat']).not.toHaveProperty('paid_ms')
  })

  test('count refunds by the day they were asked for and, where they succeeded, by that of their success', async (store) => {
    await insertPayment(store, pendingPayment())
    const asked = pendingRefund({ amount: fen(40) })
    await commit(store, async ({ refunds }) => {
      expect(await refunds.insert(asked)).toBe(true)
      expect(await refunds.insert({ ...asked, amount: fen(1) })).toBe(false)
      await refunds.insert(pendingRefund({ refundNo: refundNo(2), amount: fen(2) }))
    })
    expect(await figures(store, TODAY)).toMatchObject({ wechat: { refunds_pending: 2, refunds_pending_fen: 42 } })
    await commit(store, async ({ refunds }) => {
      const before = present(await refunds.find(asked.refundNo))
      const done = successfulRefund({ amount: fen(40), processedAt: MIDNIGHT })
      expect(await refunds.replace(before, done, MIDNIGHT)).toBe(true)
      expect(await refunds.replace(before, done, MIDNIGHT)).toBe(false)
    })
    const states = { refunds_pending: 1, refunds_pending_fen: 2, refunds_success: 1, refunds_success_fen: 40 }
    expect(await figures(store, TODAY)).toMatchObject({ wechat: states })
    const tomorrow = { first: DAY + 1, last: DAY + 1 }
    expect(await figures(store, tomorrow)).toEqual({ wechat: { returned: 1, returned_fen: 40 } })
  })

  test('count callbacks that say when it happened, also when that is learned later', async (store) => {
    const common = { provider: 'alipay', kind: 'payment', verdict: 'unreadable', orderId: undefined } as const
    const raw = { headers: {}, body: new Uint8Array() }
    const entry = { ...common, outTradeNo: undefined, receivedAt: minute(1), retries: 0, id: entityId(1) }
    const came = { ...entry, notificationId: 'n1', eventAt: undefined }
    await commit(store, async ({ notifications }) => {
      await notifications.insert({ ...came, raw })
      const others = [minute(2), new Date(minute(1).getTime() - 30_000), new Date(minute(1).getTime() - 30_001)]
      for (const [n, eventAt] of others.entries())
        await notifications.insert({ ...entry, id: entityId(9 + n), notificationId: `m${n}`, eventAt, raw })
    })
    expect(await figures(store, TODAY)).toEqual({ alipay: { callbacks: 3, callbacks_ms: 60_001, callbacks_slow: 1 } })
    await commit(store, async ({ notifications }) => {
      const after = { ...came, eventAt: minute(0), retries: 1 }
      expect(await notifications.replace(came, after)).toBe(true)
      expect(await notifications.replace(came, after)).toBe(false)
    })
    expect(await figures(store, TODAY)).toEqual({ alipay: { callbacks: 4, callbacks_ms: 120_001, callbacks_slow: 2 } })
  })

  test('count what is committed, once, and nothing else', async (store) => {
    const order = pendingOrder()
    let runs = 0
    const insert = (ends: 'refused' | 'throws' | 'conflicts') =>
      store.transaction.run(
        async ({ orders, payments }): Promise<Result<undefined, { code: 'NO' } | WriteConflict>> => {
          runs += 1
          await orders.insert(order)
          await payments.insert(pendingPayment(), minute(1))
          if (ends === 'throws') throw new Error('a bug')
          if (ends === 'refused') return err({ code: 'NO' })
          return runs === 1 ? err(WRITE_CONFLICT) : ok(undefined)
        },
      )
    await insert('refused')
    await expect(insert('throws')).rejects.toThrow('a bug')
    expect(await figures(store, TODAY)).toEqual({})
    runs = 0
    await insert('conflicts')
    expect(await figures(store, TODAY)).toEqual({ wechat: { payments_pending: 1, payments_pending_fen: 9900 } })
  })

  test('add up over many units of work that come at the same time, provider by provider', async (store) => {
    const made = Array.from({ length: 60 }, (_, n) => {
      const provider = n % 3 === 0 ? 'alipay' : 'wechat'
      const method = provider === 'alipay' ? 'ALIPAY_QR' : 'WECHAT_NATIVE'
      const ids = { id: entityId(100 + n), orderId: entityId(200 + n), outTradeNo: outTradeNo(n) }
      return pendingPayment({ ...ids, provider, method, amount: fen(1 + n), createdAt: minute(n % 2) })
    })
    await Promise.all(made.map((payment) => insertPayment(store, payment)))
    const sum = (provider: string) =>
      made.reduce((total, one) => total + (one.provider === provider ? one.amount : 0), 0)
    expect(await figures(store, ABOUT)).toEqual({
      wechat: { payments_pending: 40, payments_pending_fen: sum('wechat') },
      alipay: { payments_pending: 20, payments_pending_fen: sum('alipay') },
    })
  })

  test('stay as they are when their days are counted anew', async (store) => {
    await insertPayment(store, pendingPayment())
    await pay(store, paidPayment({ paidAt: MIDNIGHT }))
    const before = await figures(store, ABOUT)
    for (const day of [DAY - 1, DAY, DAY + 1]) expect(await store.statistics.recount(day)).toBe(false)
    expect(await figures(store, ABOUT)).toEqual(before)
  })
}

const firstCount = (create: CreateStore): void => {
  testsOn(create)('goes on to its end, and never back', async ({ statistics }) => {
    await statistics.advanceFirstCount(DAY)
    await statistics.advanceFirstCount(DAY - 5)
    const { status, ...rest } = await statistics.firstCount()
    if (status === 'under_way') expect(rest).toEqual({ nextDay: DAY })
    await statistics.completeFirstCount()
    await statistics.advanceFirstCount(DAY + 1)
    expect(await statistics.firstCount()).toEqual({ status: 'complete' })
  })
}

/** By provider, each figure that is not zero. */
const figures = async (
  { statistics }: StoreUnderTest,
  range: { readonly first: number; readonly last: number },
): Promise<Readonly<Record<string, Readonly<Record<string, number>>>>> => {
  const found = await statistics.byProvider(range)
  const some = (all: Figures) => FIGURES.filter((figure: Figure) => all[figure] !== 0)
  return Object.fromEntries(
    found.map((one) => [one.provider, Object.fromEntries(some(one.figures).map((name) => [name, one.figures[name]]))]),
  )
}

const replace = (store: StoreUnderTest, after: Payment, at: Date): Promise<void> =>
  commit(store, async ({ payments }) => {
    expect(await payments.replace(present(await payments.find(after.id)), after, at)).toBe(true)
  })

/** Writes it with the receipt that says so, as everybody does. */
const pay = async (store: StoreUnderTest, after: ReturnType<typeof paidPayment>): Promise<void> => {
  await replace(store, after, after.paidAt)
  const { id: paymentId, provider, transactionId, orderId, amount, currency, paidAt } = after
  await commit(store, ({ transactions }) =>
    transactions.insert({
      id: entityId(0x77),
      provider,
      transactionId,
      paymentId,
      orderId,
      amount,
      currency,
      paidAt,
      outTradeNo: after.outTradeNo,
      identity: IDENTITIES[provider],
      disposition: 'settled',
      payer: undefined,
      source: 'notification',
      createdAt: paidAt,
    }),
  )
}
