import { ok } from 'neverthrow'
import { beforeEach, describe, expect, it } from 'vitest'
import { publishedAt } from '../../../src/application/reconciliation/fetch-bill.ts'
import { fen } from '../../../src/domain/money.ts'
import { billDay, IDENTITIES, outTradeNo, pendingOrder, pendingPayment } from '../../support/builders.ts'
import {
  book,
  bookPayment,
  DAY_MS,
  during,
  nth,
  paymentOf,
  paymentRow,
  transactionId,
  unreadableRow,
} from './bill-day.ts'
import {
  billOf,
  dying,
  fileOf,
  looking,
  nextDay,
  OPERATOR,
  reconcile,
  reconciledShop,
  type Shop,
} from './reconciled-shop.ts'

const MINUTE = 60_000

let shop: Shop
let look: ReturnType<typeof looking>
const begin = (at?: Date) => {
  shop = reconciledShop(at)
  look = looking(shop)
}
beforeEach(() => begin())

/** A payment that was begun here, and that the gateway says was paid. */
const missPayment = async (n: number) => {
  await shop.store.transaction.run(async ({ orders }) =>
    ok(await orders.insert(pendingOrder({ id: nth(n).orderId, expiresAt: during(2 * DAY_MS) }))),
  )
  await book(shop.store, pendingPayment({ ...nth(n), createdAt: during(), expiresAt: during(2 * DAY_MS) }))
}

const receipt = (n: number) => ({
  outTradeNo: outTradeNo(n),
  transactionId: transactionId(n),
  identity: IDENTITIES.wechat,
  amount: fen(9900),
  currency: 'CNY' as const,
  paidAt: during(),
  payer: undefined,
})

describe('a run of a day', () => {
  it('ends with what the bill and the books came to, and tells of it once', async () => {
    await bookPayment(shop.store, 1)
    shop.bills.of = () => billOf(fileOf([paymentRow(1), unreadableRow(3)]))
    expect(await reconcile(shop, 'run-1')).toMatchObject({
      status: 'completed',
      summary: { matched: 1, unreadable: 1 },
      requestedBy: 'boss',
    })
    expect(await look.found()).toMatchObject([{ class: 'unreadable', status: 'open', subject: 'line:3' }])
    expect(await look.alerts()).toEqual([`reconciliation_differences wechat:${billDay()} firing`])
    const events = await shop.store.readers.events.eventsOf('run-1')
    expect(events.map(({ event }) => event.type)).toEqual(['reconciliation.completed'])
    expect(await shop.work()).toBe(0)
  })

  it('settles a payment that was missed, by the gateway’s own answer and not by the bill', async () => {
    await missPayment(1)
    shop.bills.of = () => billOf(fileOf([paymentRow(1)]))
    shop.script.query = () => ok({ state: 'paid', receipt: receipt(1), refunded: 'none' })
    await reconcile(shop, 'run-1')
    expect(shop.asked.query).toContain(outTradeNo(1))
    const paid = await shop.store.readers.payments.findByOutTradeNo(outTradeNo(1))
    expect(paid?.value).toMatchObject({ status: 'paid', transactionId: transactionId(1) })
    expect(await look.found()).toMatchObject([{ status: 'resolved', resolution: 'healed', by: 'system' }])
    expect(await look.alerts()).toEqual([])
  })

  it('believes no bill that the gateway does not confirm', async () => {
    await missPayment(1)
    shop.bills.of = () => billOf(fileOf([paymentRow(1)]))
    await reconcile(shop, 'run-1')
    expect((await shop.store.readers.payments.findByOutTradeNo(outTradeNo(1)))?.value.status).toBe('pending')
    expect(await look.found()).toMatchObject([{ status: 'open', note: expect.stringContaining('未支付') }])
    expect(await look.alerts()).toEqual([`reconciliation_differences wechat:${billDay()} firing`])
  })

  it('holds money for an order that nobody knows', async () => {
    shop.bills.of = () => billOf(fileOf([paymentRow(1)]))
    shop.script.query = () => ok({ state: 'paid', receipt: receipt(1), refunded: 'none' })
    await reconcile(shop, 'run-1')
    expect(await look.incidents()).toMatchObject([{ kind: 'unknown_order' }])
    expect(await look.found()).toMatchObject([{ class: 'missing_local', status: 'open' }])
  })

  it('adds nothing when the day is compared again', async () => {
    await missPayment(1)
    await bookPayment(shop.store, 2)
    const rows = [paymentRow(1), paymentRow(3), unreadableRow(4)]
    shop.bills.of = () => billOf(fileOf(rows))
    shop.script.query = () => ok({ state: 'paid', receipt: receipt(1), refunded: 'none' })
    await reconcile(shop, 'run-1')
    const before = await look.found()
    const alerts = await look.alerts()
    const bill = await shop.store.readers.bills.listByDay('wechat', billDay())
    expect(await reconcile(shop, 'run-2')).toMatchObject({ status: 'completed' })
    expect(await look.found()).toEqual(before)
    expect(await look.alerts()).toEqual(alerts)
    expect(await shop.store.readers.bills.listByDay('wechat', billDay())).toEqual(bill)
    expect(bill).toHaveLength(1)
  })

  it('ends what is not found any more, and opens it again where it is', async () => {
    shop.bills.of = () => billOf(fileOf([unreadableRow(3)]))
    await reconcile(shop, 'run-1')
    shop.bills.of = () => billOf(fileOf([]))
    await reconcile(shop, 'run-2')
    expect(await look.found()).toMatchObject([{ status: 'resolved', resolution: 'gone' }])
    expect(await look.alerts()).toEqual([`reconciliation_differences wechat:${billDay()} resolved`])
    shop.bills.of = () => billOf(fileOf([unreadableRow(3)]))
    await reconcile(shop, 'run-3')
    expect(await look.found()).toMatchObject([{ status: 'open' }])
    expect(await look.alerts()).toEqual([`reconciliation_differences wechat:${billDay()} firing`])
  })

  it('fails where the bill can’t be believed, and leaves alone what was found before', async () => {
    shop.bills.of = () => billOf(fileOf([unreadableRow(3)]))
    await reconcile(shop, 'run-1')
    shop.bills.of = () => billOf(fileOf([]).subarray(0, 10))
    expect(await reconcile(shop, 'run-2')).toMatchObject({ status: 'failed', reason: 'cut off' })
    expect(await look.found()).toMatchObject([{ status: 'open' }])
    expect(await look.alerts()).toContain(`reconciliation_failed wechat:${billDay()} firing`)
    shop.bills.of = () => billOf(fileOf([unreadableRow(3)]))
    await reconcile(shop, 'run-3')
    expect(await look.alerts()).toContain(`reconciliation_failed wechat:${billDay()} resolved`)
  })
})

describe('what may come with the bill of the next day', () => {
  it('is no matter for anybody until that one was compared', async () => {
    await bookPayment(shop.store, 1, { paidAt: during(DAY_MS - 1) })
    await reconcile(shop, 'run-1')
    expect(await look.found()).toMatchObject([{ class: 'missing_remote', withinDrift: true, status: 'open' }])
    expect(await look.alerts()).toEqual([])
    shop.clock.set(publishedAt(nextDay))
    shop.bills.of = (day) => billOf(fileOf([], day))
    await reconcile(shop, 'run-2', nextDay)
    expect(await look.found()).toMatchObject([{ class: 'missing_remote', withinDrift: false, status: 'open' }])
    expect(await look.alerts()).toEqual([`reconciliation_differences wechat:${billDay()} firing`])
  })

  it('ends by itself where it comes with that one, and is not found again', async () => {
    await bookPayment(shop.store, 1, { paidAt: during(DAY_MS - 1) })
    await reconcile(shop, 'run-1')
    shop.clock.set(publishedAt(nextDay))
    shop.bills.of = (day) => billOf(fileOf(day === nextDay ? [paymentRow(1)] : [], day))
    expect(await reconcile(shop, 'run-2', nextDay)).toMatchObject({ summary: { matched: 1 } })
    expect(await look.found()).toMatchObject([{ subject: paymentOf(1), status: 'resolved', resolution: 'gone' }])
    expect(await reconcile(shop, 'run-3')).toMatchObject({ summary: { missingRemote: 0 } })
    expect(await look.alerts()).toEqual([])
  })

  it('is never missing where that one was compared first', async () => {
    await bookPayment(shop.store, 1, { paidAt: during(DAY_MS - 1) })
    shop.clock.set(publishedAt(nextDay))
    shop.bills.of = (day) => billOf(fileOf(day === nextDay ? [paymentRow(1)] : [], day))
    await reconcile(shop, 'run-1', nextDay)
    await reconcile(shop, 'run-2')
    expect(await look.found()).toEqual([])
  })
})

describe('a run whose process dies', () => {
  const rows = [paymentRow(1), paymentRow(3), unreadableRow(4), paymentRow(5)]
  const prepare = async () => {
    begin()
    await missPayment(1)
    await bookPayment(shop.store, 2)
    await bookPayment(shop.store, 5, { paidAt: during(-1) })
    shop.bills.of = () => billOf(fileOf(rows))
    shop.script.query = () => ok({ state: 'paid', receipt: receipt(1), refunded: 'none' })
    ;(await shop.request({ provider: 'wechat', day: billDay() }, 'run-1', OPERATOR))._unsafeUnwrap()
  }
  const endOf = async () => {
    const run = await look.latest()
    const found = (await look.found()).map(({ subject, class: kind, status }) => `${subject} ${kind} ${status}`)
    return {
      run: run?.status,
      // Money that was booked before the process died counts as the books' own the second time, and is matched.
      remote: run?.status === 'completed' ? [run.summary.remoteCount, run.summary.netFen] : run,
      differing: run?.status === 'completed' ? [run.summary.missingLocal, run.summary.missingRemote] : run,
      found: found.toSorted(),
      alerts: await look.alerts(),
      payment: (await shop.store.readers.payments.findByOutTradeNo(outTradeNo(1)))?.value.status,
      events: (await shop.store.readers.events.eventsOf('run-1')).map(({ event }) => event.type),
      bills: (await shop.store.readers.bills.listByDay('wechat', billDay())).length,
      elsewhere: await shop.store.readers.dayBooks.matchedElsewhere('wechat', [paymentOf(5)]),
    }
  }

  it('comes to the same end by whoever takes it over, at whatever step it died', async () => {
    await prepare()
    await shop.work()
    const whole = await endOf()
    expect(whole.run).toBe('completed')
    let died = 0
    for (let unit = 2; unit < 60; unit += 1) {
      await prepare()
      const isWhole = await shop
        .build(dying(shop.store.transaction, unit))
        .work()
        .then(
          () => true,
          () => false, // As it is meant to.
        )
      if (isWhole) break
      died += 1
      shop.clock.advance(5 * MINUTE)
      await shop.work()
      expect({ ...(await endOf()), unit }).toEqual({ ...whole, unit })
    }
    expect(died).toBeGreaterThan(8)
  })

  it('is left to the one who has it, and taken over only once his lease is over', async () => {
    await prepare()
    await expect(shop.build(dying(shop.store.transaction, 4)).work()).rejects.toThrow('died')
    shop.clock.advance(5 * MINUTE - 1)
    expect(await shop.work()).toBe(0)
    shop.clock.advance(1)
    expect(await shop.work()).toBe(1)
  })
})
