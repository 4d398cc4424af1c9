import { err, ok } from 'neverthrow'
import { describe, expect, it } from 'vitest'
import { handleNotification } from '../../src/application/notifications/handle-notification.ts'
import { transitionOrder } from '../../src/domain/order.ts'
import { accessProduct, minute } from '../support/builders.ts'
import { openPayment, paidNotification, RAW, receiptFor, type World, world } from './world.ts'

/** A payment of an order that was cancelled meanwhile: its refund is written and due. */
const lateRefund = async () => {
  const made = await world([accessProduct({ id: 'p1' })])
  const { payment } = await openPayment(made, 'p1')
  await made.store.transaction.run(async ({ orders }) => {
    const before = await orders.find('order-1')
    if (before === undefined) throw new Error('no order')
    const cancelled = transitionOrder(before.value, { type: 'cancelled', at: minute(3) })._unsafeUnwrap()
    await orders.replace(before, cancelled[0], minute(3))
    return ok(undefined)
  })
  made.script.notification = paidNotification(receiptFor(payment))
  await handleNotification(made.deps)('wechat', RAW)
  return { made, payment, refund: () => refundOf(made, payment.id) }
}

const refundOf = async ({ store }: World, paymentId: string) => {
  const [refund] = await store.readers.refunds.listByPayment(paymentId)
  if (refund === undefined) throw new Error('no refund')
  return refund.value
}

describe('sending refunds', () => {
  it('sends it at once and settles refund and payment when the gateway says it is done', async () => {
    const { made, payment, refund } = await lateRefund()
    const { amount } = payment
    made.script.refund = () => ok({ state: 'success', refundId: '503', amount, at: minute(6) })
    expect(await made.dispatchRefunds()).toBe(1)
    expect(await refund()).toMatchObject({ status: 'success', refundId: '503', processedAt: minute(6) })
    expect((await made.store.readers.payments.find(payment.id))?.value.status).toBe('refunded')
    expect((await made.store.readers.orders.find('order-1'))?.value.status).toBe('cancelled')
    expect(await made.dispatchRefunds()).toBe(0)
  })

  it('asks before it repeats, always with the same number', async () => {
    const { made, refund } = await lateRefund()
    made.script.refund = () => err({ code: 'GATEWAY_UNAVAILABLE', reason: 'timeout' })
    await made.dispatchRefunds()
    expect(await made.dispatchRefunds()).toBe(0)
    made.clock.advance(15_000)
    await made.dispatchRefunds()
    const { refundNo, status } = await refund()
    expect(status).toBe('processing')
    expect(made.asked.refund).toEqual([refundNo, refundNo])
    expect(made.asked.queryRefund).toEqual([refundNo])
  })

  it('does not repeat what the gateway has in hand', async () => {
    const { made, refund } = await lateRefund()
    await made.dispatchRefunds()
    made.script.queryRefund = () => ok({ state: 'processing', refundId: '503' })
    made.clock.advance(15_000)
    await made.dispatchRefunds()
    expect(made.asked.refund).toHaveLength(1)
    expect(await refund()).toMatchObject({ status: 'processing', refundId: '503' })
  })

  it('calls for a person where the gateway refuses for good', async () => {
    const { made, refund } = await lateRefund()
    made.script.refund = () => err({ code: 'GATEWAY_REJECTED', gatewayCode: 'USER_ACCOUNT_ABNORMAL', message: '' })
    await made.dispatchRefunds()
    expect(await refund()).toMatchObject({ status: 'failed', failureReason: 'USER_ACCOUNT_ABNORMAL' })
    expect(await made.store.readers.incidents.listOpen(5)).toMatchObject([{ kind: 'late_payment' }])
  })

  it('keeps an abnormal refund open with an incident until it ends well', async () => {
    const { made, payment, refund } = await lateRefund()
    made.script.refund = () => ok({ state: 'abnormal', refundId: '503' })
    await made.dispatchRefunds()
    expect(await refund()).toMatchObject({ status: 'processing', abnormal: true })
    expect(await made.store.readers.incidents.listOpen(5)).toMatchObject([{ kind: 'refund_abnormal' }])
    const { amount } = payment
    made.script.queryRefund = () => ok({ state: 'success', refundId: '503', amount, at: minute(60) })
    made.clock.advance(15_000)
    await made.dispatchRefunds()
    expect((await refund()).status).toBe('success')
  })

  it('books a refund callback that overtakes the answer of the request', async () => {
    const { made, payment, refund } = await lateRefund()
    const { refundNo } = await refund()
    const { amount, identity, outTradeNo } = payment
    const fact = { outTradeNo, refundNo, refundId: '503', transactionId: undefined, amount, at: minute(6) }
    made.script.notification = {
      kind: 'refund_changed',
      notificationId: 'r1',
      eventAt: minute(6),
      identity,
      refund: {
        ...fact,
        status: 'success',
      },
    }
    const handle = handleNotification(made.deps)
    expect((await handle('wechat', RAW)).verdict).toBe('refund_settled')
    expect((await handle('wechat', RAW)).verdict).toBe('repeated')
    expect((await refund()).status).toBe('success')
    expect(await made.dispatchRefunds()).toBe(0)
  })

  it('takes a message without an amount of its own as a reason to ask, not as a fact', async () => {
    const { made, payment, refund } = await lateRefund()
    await made.dispatchRefunds()
    const { refundNo } = await refund()
    const { identity, outTradeNo } = payment
    const fact = { outTradeNo, refundNo, refundId: undefined, transactionId: undefined, amount: undefined }
    made.script.notification = {
      kind: 'refund_changed',
      notificationId: 'r1',
      eventAt: minute(6),
      identity,
      refund: {
        ...fact,
        status: 'unknown',
        at: minute(6),
      },
    }
    await handleNotification(made.deps)('wechat', RAW)
    expect((await refund()).status).toBe('processing')
    expect(await made.dispatchRefunds()).toBe(1)
  })
})
