import { err, ok } from 'neverthrow'
import { describe, expect, it } from 'vitest'
import { fen } from '../../src/domain/money.ts'
import { accessProduct, minute } from '../support/builders.ts'
import { nativePayment, openPayment, receiptFor, type World, world } from './world.ts'

const VIEWER = { kind: 'user', userId: 'user-1' } as const
const UNAVAILABLE = { code: 'GATEWAY_UNAVAILABLE', reason: 'timeout' } as const
const REJECTED = { code: 'GATEWAY_REJECTED', gatewayCode: 'NO_AUTH', message: '' } as const

const opened = async (provider: 'wechat' | 'alipay' = 'wechat') => {
  const made = await world([accessProduct({ id: 'p1' })], 'refund', provider)
  const { payment } = await openPayment(made, 'p1')
  return { made, payment, close: () => made.closePayment(VIEWER, provider, 'order-1') }
}

const statusOf = async ({ store }: World, id: string) => (await store.readers.payments.find(id))?.value.status
const orderStatus = async ({ store }: World) => (await store.readers.orders.find('order-1'))?.value.status

describe('closing a payment', () => {
  it('ends it at the gateway first, then here; the order stays payable under a new number', async () => {
    const { made, payment, close } = await opened()
    const closed = (await close())._unsafeUnwrap()
    expect(made.asked.close).toEqual([payment.outTradeNo])
    expect(closed.payment.value).toMatchObject({ id: payment.id, status: 'closed' })
    expect(closed.order.value.status).toBe('pending')
    const events = await made.store.readers.events.eventsOf('order-1')
    expect(events.at(-1)).toMatchObject({
      event: { type: 'payment.closed', paymentId: payment.id },
      cause: { kind: 'request', actor: 'user-1' },
    })
    const next = (await made.createPayment(nativePayment))._unsafeUnwrap().payment.value
    expect(next.outTradeNo).not.toBe(payment.outTradeNo)
  })

  it('does nothing more when it is repeated', async () => {
    const { made, payment, close } = await opened()
    await close()
    expect((await close())._unsafeUnwrap().payment.value).toMatchObject({ id: payment.id, status: 'closed' })
    expect(made.asked.close).toHaveLength(1)
  })

  it('closes every open method of the provider, and none of another', async () => {
    const { made, payment, close } = await opened()
    const h5 = await made.createPayment({ ...nativePayment, method: 'WECHAT_H5', clientIp: '203.0.113.7' })
    const second = h5._unsafeUnwrap().payment.value
    expect((await made.closePayment(VIEWER, 'alipay', 'order-1'))._unsafeUnwrapErr().code).toBe('PAYMENT_NOT_FOUND')
    await close()
    expect(made.asked.close.toSorted()).toEqual([payment.outTradeNo, second.outTradeNo].toSorted())
    expect(await statusOf(made, second.id)).toBe('closed')
  })

  it('settles the payment and refuses where the payer was faster', async () => {
    const { made, payment, close } = await opened()
    made.script.close = () => err({ code: 'TRADE_ALREADY_PAID' })
    made.script.query = () => ok({ state: 'paid', receipt: receiptFor(payment), refunded: 'none' })
    expect((await close())._unsafeUnwrapErr()).toEqual({ code: 'DUPLICATE_PAYMENT' })
    expect([await statusOf(made, payment.id), await orderStatus(made)]).toEqual(['paid', 'paid'])
    expect((await close())._unsafeUnwrapErr()).toEqual({ code: 'DUPLICATE_PAYMENT' })
  })

  it('says the outcome is unknown where the gateway tells of a payment and then does not answer', async () => {
    const { made, payment, close } = await opened()
    made.script.close = () => err({ code: 'TRADE_ALREADY_PAID' })
    made.script.query = () => err(UNAVAILABLE)
    expect((await close())._unsafeUnwrapErr()).toEqual({ code: 'GATEWAY_UNAVAILABLE' })
    expect(await statusOf(made, payment.id)).toBe('pending')
  })

  it('holds a payment of another amount as an incident and leaves it open', async () => {
    const { made, payment, close } = await opened()
    const receipt = { ...receiptFor(payment), amount: fen(payment.amount - 1) }
    made.script.close = () => err({ code: 'TRADE_ALREADY_PAID' })
    made.script.query = () => ok({ state: 'paid', receipt, refunded: 'none' })
    expect((await close())._unsafeUnwrapErr()).toEqual({ code: 'DUPLICATE_PAYMENT' })
    expect([await statusOf(made, payment.id), await orderStatus(made)]).toEqual(['pending', 'pending'])
    expect(await made.store.readers.incidents.listOpen(5)).toMatchObject([{ kind: 'amount_mismatch' }])
  })

  it('leaves it pending while the outcome is unknown, and ends it at the next try', async () => {
    const { made, payment, close } = await opened()
    made.script.close = () => err(UNAVAILABLE)
    expect((await close())._unsafeUnwrapErr()).toEqual({ code: 'GATEWAY_UNAVAILABLE' })
    expect(await statusOf(made, payment.id)).toBe('pending')
    made.script.close = () => ok('closed')
    expect((await close()).isOk()).toBe(true)
  })

  it('believes a refusal only as far as a query proves it', async () => {
    const { made, payment, close } = await opened()
    made.script.close = () => err(REJECTED)
    expect((await close())._unsafeUnwrapErr()).toEqual({ code: 'GATEWAY_UNAVAILABLE' })
    expect(await statusOf(made, payment.id)).toBe('pending')
    made.script.query = () => ok({ state: 'closed' })
    expect((await close())._unsafeUnwrap().payment.value.status).toBe('closed')
  })

  it('takes an Alipay code that nobody scanned for closed', async () => {
    const { made, payment, close } = await opened('alipay')
    made.script.close = () => ok('not_found')
    expect((await close()).isOk()).toBe(true)
    expect(await statusOf(made, payment.id)).toBe('closed')
  })

  it('takes a WeChat Pay trade nobody knows for closed only when its time is past', async () => {
    const { made, payment, close } = await opened()
    made.script.close = () => ok('not_found')
    made.clock.set(new Date(minute(30).getTime() - 1))
    expect((await close())._unsafeUnwrapErr()).toEqual({ code: 'GATEWAY_UNAVAILABLE' })
    expect(await statusOf(made, payment.id)).toBe('pending')
    made.clock.set(minute(30))
    expect((await close()).isOk()).toBe(true)
  })

  it('keeps a payment that a callback settled while the gateway confirmed the close', async () => {
    const { made, payment, close } = await opened()
    made.script.query = () => ok({ state: 'paid', receipt: receiptFor(payment), refunded: 'none' })
    await made.refresh(payment)
    expect((await close())._unsafeUnwrapErr()).toEqual({ code: 'DUPLICATE_PAYMENT' })
    expect(made.asked.close).toEqual([])
    expect(await statusOf(made, payment.id)).toBe('paid')
  })

  it('knows no foreign order and none that is not there', async () => {
    const { made } = await opened()
    const stranger = { kind: 'user', userId: 'user-2' } as const
    expect((await made.closePayment(stranger, 'wechat', 'order-1'))._unsafeUnwrapErr().code).toBe('ORDER_NOT_FOUND')
    expect((await made.closePayment(VIEWER, 'wechat', 'order-9'))._unsafeUnwrapErr().code).toBe('ORDER_NOT_FOUND')
    expect(made.asked.close).toEqual([])
  })

  it('can not close at a gateway whose settings are gone', async () => {
    const { made, payment } = await opened()
    made.gatewayGone()
    expect((await made.closePayment(VIEWER, 'wechat', 'order-1'))._unsafeUnwrapErr().code).toBe(
      'PROVIDER_NOT_CONFIGURED',
    )
    expect(await statusOf(made, payment.id)).toBe('pending')
  })
})
