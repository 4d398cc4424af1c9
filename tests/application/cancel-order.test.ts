import { err, ok } from 'neverthrow'
import { describe, expect, it } from 'vitest'
import { goodsProduct } from '../support/builders.ts'
import { nativePayment, openPayment, receiptFor, type World, world } from './world.ts'

const VIEWER = { kind: 'user', userId: 'user-1' } as const

const ordered = async () => {
  const made = await world([goodsProduct({ id: 'p1' })])
  await made.stock('TSHIRT-M', 3)
  const { payment } = await openPayment(made, 'p1')
  return { made, payment, cancel: () => made.cancelOrder(VIEWER, 'order-1') }
}

const stockOf = async ({ store }: World) => (await store.readers.stock.find('TSHIRT-M')).value
const orderStatus = async ({ store }: World) => (await store.readers.orders.find('order-1'))?.value.status
const paymentStatus = async ({ store }: World, id: string) => (await store.readers.payments.find(id))?.value.status

describe('cancelling an order', () => {
  it('closes its payment, then cancels it and gives its goods free', async () => {
    const { made, payment, cancel } = await ordered()
    expect(await stockOf(made)).toMatchObject({ onHand: 3, reserved: 1 })
    const order = (await cancel())._unsafeUnwrap()
    expect(order).toEqual(await made.store.readers.orders.find('order-1'))
    expect(order.value).toMatchObject({ status: 'cancelled', cancelledAt: made.clock.now() })
    expect(made.asked.close).toEqual([payment.outTradeNo])
    expect(await paymentStatus(made, payment.id)).toBe('closed')
    expect(await stockOf(made)).toMatchObject({ onHand: 3, reserved: 0 })
    expect(await made.store.readers.stock.reservationsOf('order-1')).toMatchObject([{ status: 'released' }])
    const events = await made.store.readers.events.eventsOf('order-1')
    expect(events.map(({ event }) => event.type)).toEqual([
      'order.created',
      'payment.created',
      'payment.closed',
      'order.cancelled',
    ])
    expect(events.at(-1)?.cause).toEqual({ kind: 'request', actor: 'user-1' })
  })

  it('gives the same order again when it is repeated, and no further payment is taken', async () => {
    const { made, cancel } = await ordered()
    const first = (await cancel())._unsafeUnwrap()
    expect((await cancel())._unsafeUnwrap()).toEqual(first)
    expect(made.asked.close).toHaveLength(1)
    expect((await made.createPayment(nativePayment))._unsafeUnwrapErr()).toEqual({ code: 'ORDER_NOT_PAYABLE' })
  })

  it('refuses once it is paid, also when the gateway reveals it only now', async () => {
    const { made, payment, cancel } = await ordered()
    made.script.close = () => err({ code: 'TRADE_ALREADY_PAID' })
    made.script.query = () => ok({ state: 'paid', receipt: receiptFor(payment), refunded: 'none' })
    expect((await cancel())._unsafeUnwrapErr()).toEqual({ code: 'ORDER_NOT_CANCELLABLE' })
    expect([await orderStatus(made), await paymentStatus(made, payment.id)]).toEqual(['paid', 'paid'])
    expect(await stockOf(made)).toMatchObject({ onHand: 2, reserved: 0 })
    expect((await cancel())._unsafeUnwrapErr()).toEqual({ code: 'ORDER_NOT_CANCELLABLE' })
    expect(made.asked.close).toHaveLength(1)
  })

  it('changes nothing while the gateway gives no answer', async () => {
    const { made, payment, cancel } = await ordered()
    made.script.close = () => err({ code: 'GATEWAY_UNAVAILABLE', reason: 'timeout' })
    expect((await cancel())._unsafeUnwrapErr()).toEqual({ code: 'GATEWAY_UNAVAILABLE' })
    expect([await orderStatus(made), await paymentStatus(made, payment.id)]).toEqual(['pending', 'pending'])
    expect(await stockOf(made)).toMatchObject({ onHand: 3, reserved: 1 })
  })

  it('closes an attempt, too, that was opened while the first was being closed', async () => {
    const { made, cancel } = await ordered()
    let opening: Promise<unknown> | undefined
    made.script.close = () => {
      opening ??= made.createPayment({ ...nativePayment, method: 'WECHAT_H5', clientIp: '203.0.113.7' })
      return ok('closed')
    }
    expect((await cancel())._unsafeUnwrap().value.status).toBe('cancelled')
    await opening
    expect(made.asked.close).toHaveLength(2)
    const payments = await made.store.readers.payments.listByOrder('order-1')
    expect(payments.map(({ value }) => value.status)).toEqual(['closed', 'closed'])
  })

  it('lets a payment win that is settled between the close and the cancellation', async () => {
    const { made, payment, cancel } = await ordered()
    made.script.query = () => ok({ state: 'paid', receipt: receiptFor(payment), refunded: 'none' })
    let settling: Promise<unknown> | undefined
    made.script.close = () => {
      settling ??= made.refresh(payment)
      return ok('closed')
    }
    expect((await cancel())._unsafeUnwrapErr()).toEqual({ code: 'ORDER_NOT_CANCELLABLE' })
    await settling
    expect(await orderStatus(made)).toBe('paid')
    expect(await stockOf(made)).toMatchObject({ onHand: 2, reserved: 0 })
  })

  it('cancels an order nobody began to pay without asking any gateway', async () => {
    const made = await world([goodsProduct({ id: 'p1' })])
    await made.stock('TSHIRT-M', 1)
    await made.createOrder({ orderId: 'order-1', userId: 'user-1', items: [{ productId: 'p1', quantity: 1 }] })
    expect((await made.cancelOrder(VIEWER, 'order-1')).isOk()).toBe(true)
    expect(made.asked.close).toEqual([])
    expect(await stockOf(made)).toMatchObject({ onHand: 1, reserved: 0 })
  })

  it('knows no foreign order', async () => {
    const { made } = await ordered()
    const stranger = { kind: 'user', userId: 'user-2' } as const
    expect((await made.cancelOrder(stranger, 'order-1'))._unsafeUnwrapErr()).toEqual({ code: 'ORDER_NOT_FOUND' })
    expect(await orderStatus(made)).toBe('pending')
  })
})
