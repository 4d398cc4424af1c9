import { err, ok } from 'neverthrow'
import { describe, expect, it } from 'vitest'
import { fen } from '../../src/domain/money.ts'
import { goodsProduct, minute } from '../support/builders.ts'
import { openPayment, receiptFor, type World, world } from './world.ts'

const UNAVAILABLE = { code: 'GATEWAY_UNAVAILABLE', reason: 'timeout' } as const

/** An order of goods with an open payment, at the moment its time is over. */
const overdue = async () => {
  const made = await world([goodsProduct({ id: 'p1' })])
  await made.stock('TSHIRT-M', 3)
  const { payment } = await openPayment(made, 'p1')
  made.clock.set(minute(30))
  return { made, payment }
}

const stockOf = async ({ store }: World) => (await store.readers.stock.find('TSHIRT-M')).value
const orderStatus = async ({ store }: World) => (await store.readers.orders.find('order-1'))?.value.status
const paymentStatus = async ({ store }: World, id: string) => (await store.readers.payments.find(id))?.value.status

describe('the expiry of orders', () => {
  it('asks and closes at the gateway first, then ends the order and gives its goods free', async () => {
    const { made, payment } = await overdue()
    expect(await made.expireOrders()).toBe(1)
    expect([made.asked.query, made.asked.close]).toEqual([[payment.outTradeNo], [payment.outTradeNo]])
    expect([await orderStatus(made), await paymentStatus(made, payment.id)]).toEqual(['expired', 'closed'])
    expect(await stockOf(made)).toMatchObject({ onHand: 3, reserved: 0 })
    const events = await made.store.readers.events.eventsOf('order-1')
    expect(events.slice(-2)).toMatchObject([
      { event: { type: 'payment.closed' }, cause: { kind: 'timer', actor: 'expiry' } },
      { event: { type: 'order.expired', at: minute(30) }, cause: { kind: 'timer', actor: 'expiry' } },
    ])
    expect(await made.expireOrders()).toBe(0)
  })

  it('leaves an order alone whose time is not over', async () => {
    const { made } = await overdue()
    made.clock.set(new Date(minute(30).getTime() - 1))
    expect(await made.expireOrders()).toBe(0)
    expect(await orderStatus(made)).toBe('pending')
  })

  it('ends an order nobody began to pay without asking any gateway', async () => {
    const { made } = await overdue()
    await made.createOrder({ orderId: 'order-2', userId: 'user-1', items: [{ productId: 'p1', quantity: 2 }] })
    made.clock.set(minute(60))
    expect(await made.expireOrders()).toBe(2)
    expect((await made.store.readers.orders.find('order-2'))?.value.status).toBe('expired')
    expect(made.asked.close).toHaveLength(1)
    expect(await stockOf(made)).toMatchObject({ onHand: 3, reserved: 0 })
  })

  it('settles what turns out to be paid', async () => {
    const { made, payment } = await overdue()
    made.script.query = () => ok({ state: 'paid', receipt: receiptFor(payment), refunded: 'none' })
    await made.expireOrders()
    expect([await orderStatus(made), await paymentStatus(made, payment.id)]).toEqual(['paid', 'paid'])
    expect(made.asked.close).toEqual([])
    expect(await stockOf(made)).toMatchObject({ onHand: 2, reserved: 0 })
    made.clock.advance(3_600_000)
    expect(await made.expireOrders()).toBe(0)
  })

  it('settles what is paid between the question and the close', async () => {
    const { made, payment } = await overdue()
    made.script.close = () => {
      made.script.query = () => ok({ state: 'paid', receipt: receiptFor(payment), refunded: 'none' })
      return err({ code: 'TRADE_ALREADY_PAID' })
    }
    await made.expireOrders()
    expect(await orderStatus(made)).toBe('paid')
  })

  it.each(['query', 'close'] as const)('comes back later, ever more rarely, where %s gives no answer', async (call) => {
    const { made } = await overdue()
    if (call === 'query') made.script.query = () => err(UNAVAILABLE)
    else made.script.close = () => err(UNAVAILABLE)
    for (const gap of [15_000, 30_000, 30_000]) {
      expect(await made.expireOrders()).toBe(1)
      expect(await orderStatus(made)).toBe('pending')
      expect(await stockOf(made)).toMatchObject({ onHand: 3, reserved: 1 })
      made.clock.advance(gap - 1)
      expect(await made.expireOrders()).toBe(0)
      made.clock.advance(1)
    }
    made.script.query = () => ok({ state: 'closed' })
    await made.expireOrders()
    expect(await orderStatus(made)).toBe('expired')
  })

  it('leaves an order to a person whose payment is held as an incident', async () => {
    const { made, payment } = await overdue()
    const receipt = receiptFor(payment, { amount: fen(payment.amount - 1) })
    made.script.query = () => ok({ state: 'paid', receipt, refunded: 'none' })
    made.script.close = () => err({ code: 'TRADE_ALREADY_PAID' })
    await made.expireOrders()
    expect(await orderStatus(made)).toBe('pending')
    expect(await made.store.readers.incidents.listOpen(5)).toMatchObject([{ kind: 'amount_mismatch' }])
  })

  it('has one effect when two processes run it, also where one wakes after its lease', async () => {
    const { made } = await overdue()
    const first = made.expireOrders()
    made.clock.advance(61_000)
    await Promise.all([first, made.expireOrders()])
    expect(await orderStatus(made)).toBe('expired')
    expect(await stockOf(made)).toMatchObject({ onHand: 3, reserved: 0 })
    const types = (await made.store.readers.events.eventsOf('order-1')).map(({ event }) => event.type)
    expect(types.filter((type) => type === 'order.expired' || type === 'payment.closed')).toHaveLength(2)
  })
})
