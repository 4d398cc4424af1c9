import { ok } from 'neverthrow'
import { describe, expect, it } from 'vitest'
import { handleNotification } from '../../src/application/notifications/handle-notification.ts'
import type { GatewayNotification } from '../../src/application/payments/payment-gateway.ts'
import { fen } from '../../src/domain/money.ts'
import { type OrderEvent, transitionOrder } from '../../src/domain/order.ts'
import { accessProduct, codeProduct, goodsProduct, minute, pointsProduct } from '../support/builders.ts'
import { nativePayment, openPayment, paidNotification, RAW, receiptFor, type World, world } from './world.ts'

const PRODUCTS = [
  accessProduct({ id: 'access', fulfilment: { type: 'access', delivery: 'grant', validityDays: 365 } }),
  codeProduct({ id: 'code' }),
  pointsProduct({ id: 'points', fulfilment: { type: 'points', points: 1000, bonusPoints: 100 } }),
  goodsProduct({ id: 'goods', fulfilment: { type: 'goods', sku: 'S' } }),
]

const arrive = (made: World, notification: GatewayNotification) => {
  made.script.notification = notification
  return handleNotification(made.deps)('wechat', RAW)
}

const endOrder = (made: World, event: OrderEvent) =>
  made.store.transaction.run(async ({ orders }) => {
    const before = await orders.find('order-1')
    if (before === undefined) throw new Error('no order')
    await orders.replace(before, transitionOrder(before.value, event)._unsafeUnwrap()[0], event.at)
    return ok(undefined)
  })

const orderOf = async ({ store }: World) => (await store.readers.orders.find('order-1'))?.value
const incidentsOf = ({ store }: World) => store.readers.incidents.listOpen(10)
const eventsOf = async ({ store }: World) =>
  (await store.readers.events.eventsOf('order-1')).map(({ seq, event, cause }) => [seq, event.type, cause.kind])

describe('a genuine callback of a payment', () => {
  it('settles payment and order, delivers, and numbers the events without gaps', async () => {
    const made = await world(PRODUCTS)
    const { payment } = await openPayment(made, 'access')
    const handled = await arrive(made, paidNotification(receiptFor(payment)))
    expect(handled).toEqual({ verdict: 'settled', outTradeNo: payment.outTradeNo })
    expect(await orderOf(made)).toMatchObject({ status: 'paid', paymentId: payment.id, paidAt: minute(5) })
    expect(await made.store.readers.entitlements.listByUser('user-1', 'access')).toHaveLength(1)
    expect(await eventsOf(made)).toEqual([
      [1, 'order.created', 'request'],
      [2, 'payment.created', 'request'],
      [3, 'payment.succeeded', 'notification'],
      [4, 'order.paid', 'notification'],
      [5, 'access.granted', 'notification'],
    ])
  })

  it('has one effect however often and closely it comes', async () => {
    const made = await world(PRODUCTS)
    const { payment } = await openPayment(made, 'points')
    const notification = paidNotification(receiptFor(payment))
    const handled = await Promise.all(Array.from({ length: 50 }, () => arrive(made, notification)))
    expect(handled.filter(({ verdict }) => verdict === 'settled')).toHaveLength(1)
    expect(handled.filter(({ verdict }) => verdict === 'repeated')).toHaveLength(49)
    expect((await made.store.readers.points.account('user-1')).value.balance).toBe(1100)
    expect((await made.store.readers.notifications.listByOrder('order-1')).length).toBe(1)
  })

  it('issues a code, sells the goods and credits points with their bonus', async () => {
    const made = await world(PRODUCTS)
    await made.stock('S', 3)
    for (const [n, productId] of ['code', 'goods', 'points'].entries()) {
      const { payment } = await openPayment(made, productId, `order-${n}`)
      expect((await arrive(made, paidNotification(receiptFor(payment)))).verdict).toBe('settled')
    }
    const codes = await made.store.readers.accessCodes.listByBuyer('user-1', { limit: 9, after: undefined })
    expect(codes.items.map(({ text }) => text)).toEqual([expect.stringMatching(/^[0-9A-HJKMNP-TV-Z]{16}$/)])
    expect((await made.store.readers.stock.find('S')).value).toEqual({ sku: 'S', onHand: 2, reserved: 0 })
    expect((await made.store.readers.points.account('user-1')).value.balance).toBe(1100)
  })

  it('adds a second year behind the first one', async () => {
    const made = await world(PRODUCTS)
    for (const orderId of ['order-1', 'order-2']) {
      const { payment } = await openPayment(made, 'access', orderId)
      await arrive(made, paidNotification(receiptFor(payment)))
    }
    const [first, second] = await made.store.readers.entitlements.listByUser('user-1', 'access')
    expect(second?.startsAt).toEqual(first?.expiresAt)
  })

  it('holds a wrong amount as an incident and leaves the order as it was', async () => {
    const made = await world(PRODUCTS)
    const { order, payment } = await openPayment(made, 'access')
    const notification = paidNotification(receiptFor(payment, { amount: fen(payment.amount - 1) }))
    expect((await arrive(made, notification)).verdict).toBe('amount_mismatch')
    expect((await arrive(made, notification)).verdict).toBe('amount_mismatch')
    expect(await orderOf(made)).toEqual(order)
    expect(await incidentsOf(made)).toMatchObject([{ kind: 'amount_mismatch', occurrences: 2, orderId: 'order-1' }])
  })

  it('records an unknown number with an incident', async () => {
    const made = await world(PRODUCTS)
    const { payment } = await openPayment(made, 'access')
    const handled = await arrive(made, paidNotification(receiptFor(payment, { outTradeNo: 'P_NOBODY_KNOWS' })))
    expect(handled.verdict).toBe('unknown_order')
    expect(await incidentsOf(made)).toMatchObject([{ kind: 'unknown_order', outTradeNo: 'P_NOBODY_KNOWS' }])
  })

  it.each(['merchantId', 'appId'] as const)(
    'refuses a receipt whose %s is not the one of the attempt',
    async (part) => {
      const made = await world(PRODUCTS)
      const { order, payment } = await openPayment(made, 'access')
      const identity = { ...payment.identity, [part]: 'another' }
      expect((await arrive(made, paidNotification(receiptFor(payment, { identity })))).verdict).toBe('foreign_identity')
      expect(await orderOf(made)).toEqual(order)
      expect(await incidentsOf(made)).toMatchObject([{ kind: 'foreign_identity' }])
    },
  )

  it('holds a second transaction of one number as a contradiction', async () => {
    const made = await world(PRODUCTS)
    const { payment } = await openPayment(made, 'access')
    await arrive(made, paidNotification(receiptFor(payment)))
    const handled = await arrive(made, paidNotification(receiptFor(payment, { transactionId: '4200999' }), 'n2'))
    expect(handled.verdict).toBe('recorded')
    expect(await incidentsOf(made)).toMatchObject([{ kind: 'contradiction' }])
  })

  it('sends a second payment of a settled order back in full', async () => {
    const made = await world(PRODUCTS)
    const { payment } = await openPayment(made, 'access')
    await made.store.transaction.run(async (all) => {
      // The first attempt is closed here, so that a second one can be opened; its payer pays all the same.
      const before = await all.payments.find(payment.id)
      if (before !== undefined) await all.payments.replace(before, { ...payment, status: 'closed' }, minute(1))
      return ok(undefined)
    })
    const second = (await made.createPayment(nativePayment))._unsafeUnwrap().payment.value
    expect((await arrive(made, paidNotification(receiptFor(second)))).verdict).toBe('settled')
    expect((await arrive(made, paidNotification(receiptFor(payment)))).verdict).toBe('surplus')
    expect(await orderOf(made)).toMatchObject({ status: 'paid', paymentId: second.id })
    const [refund] = await made.store.readers.refunds.listByPayment(payment.id)
    expect(refund?.value).toMatchObject({ status: 'processing', amount: payment.amount, requestedBy: 'system' })
    expect(await made.store.readers.entitlements.listByUser('user-1')).toHaveLength(1)
  })

  it.each([
    { type: 'cancelled', at: minute(3) },
    { type: 'expired', at: minute(30) },
  ] as const)('sends the payment of an order that was $type back in full', async (event) => {
    const made = await world(PRODUCTS)
    const { payment } = await openPayment(made, 'access')
    await endOrder(made, event)
    expect((await arrive(made, paidNotification(receiptFor(payment)))).verdict).toBe('late')
    expect((await orderOf(made))?.status).toBe(event.type)
    expect(await made.store.readers.refunds.listByPayment(payment.id)).toHaveLength(1)
    expect(await made.store.readers.entitlements.listByUser('user-1')).toEqual([])
  })
})

describe('a late payment where the shop honours it', () => {
  it('pays the order after all', async () => {
    const made = await world(PRODUCTS, 'honour')
    const { payment } = await openPayment(made, 'access')
    await endOrder(made, { type: 'expired', at: minute(30) })
    expect((await arrive(made, paidNotification(receiptFor(payment)))).verdict).toBe('honoured')
    expect((await orderOf(made))?.status).toBe('paid')
    expect(await made.store.readers.entitlements.listByUser('user-1')).toHaveLength(1)
  })

  it('still goes back where the goods are gone', async () => {
    const made = await world(PRODUCTS, 'honour')
    await made.stock('S', 1)
    const { payment } = await openPayment(made, 'goods')
    await endOrder(made, { type: 'expired', at: minute(30) })
    await made.store.transaction.run(async ({ stock }) => {
      const [held] = await stock.reservationsOf('order-1')
      if (held !== undefined) await stock.replaceReservation(held, { ...held, status: 'released' }, minute(30))
      await stock.replace(await stock.find('S'), { sku: 'S', onHand: 0, reserved: 0 }, minute(30))
      return ok(undefined)
    })
    expect((await arrive(made, paidNotification(receiptFor(payment)))).verdict).toBe('late')
    expect((await made.store.readers.stock.find('S')).value).toEqual({ sku: 'S', onHand: 0, reserved: 0 })
  })
})

describe('a callback about something else', () => {
  it('closes a payment that was never paid', async () => {
    const made = await world(PRODUCTS)
    const { payment } = await openPayment(made, 'access')
    const { outTradeNo, identity } = payment
    const at = minute(9)
    await arrive(made, { kind: 'payment_closed', notificationId: 'n1', eventAt: at, outTradeNo, identity })
    expect((await made.store.readers.payments.find(payment.id))?.value.status).toBe('closed')
    expect((await orderOf(made))?.status).toBe('pending')
  })

  it('never unpays a payment by a close that comes late', async () => {
    const made = await world(PRODUCTS)
    const { payment } = await openPayment(made, 'access')
    await arrive(made, paidNotification(receiptFor(payment)))
    const { outTradeNo, identity } = payment
    await arrive(made, { kind: 'payment_closed', notificationId: 'n1', eventAt: minute(9), outTradeNo, identity })
    expect((await made.store.readers.payments.find(payment.id))?.value.status).toBe('paid')
  })

  it('records what it does not act on', async () => {
    const made = await world(PRODUCTS)
    const { payment } = await openPayment(made, 'access')
    const { outTradeNo } = payment
    const facts = { kind: 'other', notificationId: 'n1', eventAt: minute(2), outTradeNo } as const
    expect((await arrive(made, { ...facts, description: 'WAIT_BUYER_PAY' })).verdict).toBe('recorded')
    expect((await orderOf(made))?.status).toBe('pending')
  })
})
