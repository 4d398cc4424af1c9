import { err, ok } from 'neverthrow'
import { describe, expect, it } from 'vitest'
import type { RefundState } from '../../../src/application/payments/payment-gateway.ts'
import { requestRefund } from '../../../src/application/refunds/request-refund.ts'
import { fen } from '../../../src/domain/money.ts'
import { minute, refundNo } from '../../support/builders.ts'
import { paidNotification, receiptFor } from '../world.ts'
import { DAY_MS, expectMoneyConserved, OPERATOR, PRICE, type RefundWorld, refundWorld } from './refund-world.ts'

const done = (amount: number, refundId: string | undefined = '5001'): RefundState => ({
  state: 'success',
  refundId,
  amount: fen(amount),
  at: minute(15),
})

/** Everything that a refusal must leave as it was. */
const everything = async ({ store, paymentNow }: RefundWorld) => ({
  order: await store.readers.orders.find('order-1'),
  payment: await store.readers.payments.find((await paymentNow())?.id ?? ''),
  refunds: await store.readers.refunds.listByOrder('order-1'),
  events: await store.readers.events.eventsOf('order-1'),
})

describe('asking for money back', () => {
  it('sends it at once and answers with what became of it', async () => {
    const made = await refundWorld({ provider: 'alipay' })
    made.script.refund = () => ok(done(PRICE))
    const refund = (await made.request())._unsafeUnwrap().value
    expect(refund).toMatchObject({ status: 'success', amount: PRICE, requestedBy: 'user-1', reason: '不想要了' })
    expect(made.asked.refund).toEqual([refund.refundNo])
    expect(await made.order()).toMatchObject({ status: 'refunded' })
    expect(await made.paymentNow()).toMatchObject({ status: 'refunded' })
    const types = await made.eventTypes()
    expect(types.slice(types.indexOf('refund.requested')).slice(0, 4)).toEqual([
      'refund.requested',
      'refund.succeeded',
      'payment.refunded',
      'order.refunded',
    ])
    expect(await made.later(60_000)).toBe(0)
  })

  it('is under way where the gateway only takes it in hand, and done with its callback', async () => {
    const made = await refundWorld()
    made.script.refund = () => ok({ state: 'processing', refundId: '5001' })
    const refund = (await made.request({ amount: fen(3000) }))._unsafeUnwrap().value
    expect(refund).toMatchObject({ status: 'processing', refundId: '5001' })
    const { identity, outTradeNo } = made.payment
    const fact = {
      outTradeNo,
      refundNo: refund.refundNo,
      refundId: '5001',
      transactionId: undefined,
      amount: fen(3000),
    }
    const told = { kind: 'refund_changed', notificationId: 'r1', eventAt: minute(16), identity } as const
    made.script.notification = { ...told, refund: { ...fact, status: 'success', at: minute(16) } }
    expect(await made.notify()).toBe('refund_settled')
    expect(await made.order()).toMatchObject({ status: 'partially_refunded', refunded: 3000 })
    expect(await made.notify()).toBe('repeated')
  })

  it('takes another number of the gateway under the same refund for a contradiction', async () => {
    const made = await refundWorld()
    made.script.refund = () => ok({ state: 'processing', refundId: '5001' })
    const { refundNo: no } = (await made.request())._unsafeUnwrap().value
    made.script.queryRefund = () => ok(done(PRICE, '5002'))
    await made.later(15_000)
    expect(await made.statuses()).toEqual(['processing'])
    expect(await made.store.readers.incidents.listOpen(5)).toMatchObject([
      { kind: 'contradiction', evidence: { refundNo: no, refundId: '5001', otherRefundId: '5002' } },
    ])
  })

  it('is committed before it is sent, so that whoever dies in between leaves it to the jobs', async () => {
    const made = await refundWorld()
    const dies = requestRefund({
      ...made.refunds,
      approval: 'auto',
      windowMs: DAY_MS,
      sendRefund: () => Promise.reject(new Error('killed')),
    })
    const { orderId, provider } = made.payment
    const request = { orderId, provider, amount: PRICE, reason: '退', refundNo: 'R1', resourceId: 'r' } as const
    await expect(dies({ ...request, requester: { kind: 'user', userId: 'user-1' } })).rejects.toThrow('killed')
    expect(await made.statuses()).toEqual(['processing'])
    expect(await made.later(14_999)).toBe(0) // Leased to whoever asked.
    expect(await made.later(1)).toBe(1)
    expect(made.asked).toMatchObject({ queryRefund: ['R1'], refund: ['R1'] })
    expect((await made.request({ refundNo: 'R1' }))._unsafeUnwrap().value.refundNo).toBe('R1')
    expect(made.asked.refund).toEqual(['R1'])
  })

  it('stays under way after an unknown outcome, is asked about first and repeated under its number', async () => {
    const made = await refundWorld()
    made.script.refund = () => err({ code: 'GATEWAY_UNAVAILABLE', reason: 'timeout' })
    const { value } = (await made.request())._unsafeUnwrap()
    expect(value.status).toBe('processing')
    made.script.refund = () => ok(done(PRICE))
    expect(await made.later(15_000)).toBe(1)
    expect(made.asked).toMatchObject({ refund: [value.refundNo, value.refundNo], queryRefund: [value.refundNo] })
    expect(await made.statuses()).toEqual(['success'])
  })

  it('does not repeat what turns out to be done', async () => {
    const made = await refundWorld()
    made.script.refund = () => err({ code: 'GATEWAY_UNAVAILABLE', reason: 'timeout' })
    await made.request()
    made.script.queryRefund = () => ok(done(PRICE))
    await made.later(15_000)
    expect(made.asked.refund).toHaveLength(1)
    expect(await made.statuses()).toEqual(['success'])
  })

  it('never takes a refused question for a refused refund', async () => {
    const made = await refundWorld()
    made.script.refund = () => err({ code: 'GATEWAY_UNAVAILABLE', reason: 'timeout' })
    await made.request()
    made.script.queryRefund = () => err({ code: 'GATEWAY_REJECTED', gatewayCode: 'SIGN_ERROR', message: '' })
    await made.later(15_000)
    expect(await made.statuses()).toEqual(['processing'])
    expect(made.asked.refund).toHaveLength(1)
  })

  it('has failed after a definite "no", and the room is free again', async () => {
    const made = await refundWorld()
    made.script.refund = () => err({ code: 'GATEWAY_REJECTED', gatewayCode: 'USER_ACCOUNT_ABNORMAL', message: '' })
    const { value } = (await made.request())._unsafeUnwrap()
    expect(value).toMatchObject({ status: 'failed', failureReason: 'USER_ACCOUNT_ABNORMAL' })
    made.script.refund = () => ok(done(PRICE))
    expect((await made.request())._unsafeUnwrap().value.status).toBe('success')
    expect(await expectMoneyConserved(made)).toEqual({ kept: 0, returned: PRICE, reserved: 0 })
  })

  it('waits for approval where that is asked for, with its room taken and no call made', async () => {
    const made = await refundWorld({ approval: 'manual' })
    expect((await made.request({ amount: fen(9000) }))._unsafeUnwrap().value.status).toBe('pending')
    expect(made.asked.refund).toEqual([])
    expect(await made.later(60_000)).toBe(0)
    expect((await made.request({ amount: fen(901) }))._unsafeUnwrapErr()).toEqual({ code: 'REFUND_EXCEEDS_PAYMENT' })
    expect(await expectMoneyConserved(made)).toEqual({ kept: 900, returned: 0, reserved: 9000 })
  })

  it('is written into the audit log where an operator asks for somebody else’s order', async () => {
    const made = await refundWorld()
    const { refundNo: no, requestedBy } = (
      await made.request({ requester: { kind: 'operator', operator: OPERATOR } })
    )._unsafeUnwrap().value
    expect(requestedBy).toBe('boss')
    expect(await made.audited()).toMatchObject([
      { ...OPERATOR, action: 'refund.request', subject: no, reason: '不想要了' },
    ])
    const events = await made.store.readers.events.eventsOf('order-1')
    expect(events.find(({ event }) => event.type === 'refund.requested')?.cause).toEqual({
      kind: 'admin',
      actor: 'boss',
    })
  })
})

describe('the number of a refund', () => {
  it('makes a repeated request the same refund, sent once', async () => {
    const made = await refundWorld()
    const first = (await made.request({ refundNo: 'MY_1', amount: fen(100) }))._unsafeUnwrap().value
    const again = (await made.request({ refundNo: 'MY_1', amount: fen(100), reason: '别的' }))._unsafeUnwrap().value
    expect(again).toEqual(first)
    expect(made.asked.refund).toEqual(['MY_1'])
  })

  it('is never given to another refund', async () => {
    const made = await refundWorld()
    await made.request({ refundNo: 'MY_1', amount: fen(100) })
    const before = await everything(made)
    const other = await made.request({ refundNo: 'MY_1', amount: fen(101) })
    expect(other._unsafeUnwrapErr()).toEqual({ code: 'REFUND_NO_TAKEN' })
    await made.createOrder({ orderId: 'order-2', userId: 'user-2', items: [{ productId: 'p1', quantity: 1 }] })
    const foreign = { refundNo: 'MY_1', amount: fen(100), orderId: 'order-2' }
    const requester = { kind: 'user', userId: 'user-2' } as const
    expect((await made.request({ ...foreign, requester }))._unsafeUnwrapErr()).toEqual({ code: 'REFUND_NO_TAKEN' })
    expect(await everything(made)).toEqual(before)
    expect(made.asked.refund).toHaveLength(1)
  })

  it('is made from the id of the request where none is given, so that its repeat is no second refund', async () => {
    const made = await refundWorld()
    const resourceId = '0199f0c2b7de7000a1b2c3d4e5f60718'
    for (let n = 0; n < 2; n += 1) {
      const asked = await made.request({ resourceId, amount: fen(100) })
      expect(asked._unsafeUnwrap().value.refundNo).toBe(`R${resourceId}`)
    }
    expect(await made.statuses()).toHaveLength(1)
  })
})

describe('a request that is refused', () => {
  const refused = async (made: RefundWorld, given: Parameters<RefundWorld['request']>[0], code: string) => {
    const before = await everything(made)
    expect((await made.request(given))._unsafeUnwrapErr()).toEqual({ code })
    expect(await everything(made)).toEqual(before)
    expect(made.asked.refund).toEqual([])
  }

  it('is for an order that is somebody else’s, or not there', async () => {
    const made = await refundWorld()
    await refused(made, { requester: { kind: 'user', userId: 'user-2' } }, 'ORDER_NOT_FOUND')
    await refused(made, { orderId: 'order-9' }, 'ORDER_NOT_FOUND')
  })

  it('is through a provider that did not fund the order', async () => {
    const made = await refundWorld()
    await refused(made, { provider: 'alipay' }, 'ORDER_NOT_REFUNDABLE')
    await refused(made, { provider: 'points' }, 'ORDER_NOT_REFUNDABLE')
  })

  it('is for an order nobody has paid', async () => {
    const made = await refundWorld()
    await made.createOrder({ orderId: 'order-2', userId: 'user-1', items: [{ productId: 'p1', quantity: 1 }] })
    await refused(made, { orderId: 'order-2' }, 'ORDER_NOT_REFUNDABLE')
  })

  it('is through a provider whose settings have been taken away', async () => {
    const made = await refundWorld()
    made.gatewayGone()
    await refused(made, {}, 'PROVIDER_NOT_CONFIGURED')
  })

  it('is for more than was paid, by a single fen', async () => {
    await refused(await refundWorld(), { amount: fen(PRICE + 1) }, 'REFUND_EXCEEDS_PAYMENT')
  })

  it('comes after the window, and the last moment is within', async () => {
    const made = await refundWorld()
    const last = minute(5).getTime() + 365 * DAY_MS
    made.clock.set(new Date(last + 1))
    await refused(made, {}, 'REFUND_WINDOW_CLOSED')
    made.clock.set(new Date(last))
    expect((await made.request()).isOk()).toBe(true)
  })
})

describe('several refunds of one payment', () => {
  it('can give every fen back and not one more', async () => {
    const made = await refundWorld({ provider: 'alipay' })
    for (const amount of [3300, 3300, 3299].map(fen)) {
      made.script.refund = () => ok(done(amount))
      expect((await made.request({ amount }))._unsafeUnwrap().value.status).toBe('success')
    }
    expect((await made.request({ amount: fen(2) }))._unsafeUnwrapErr()).toEqual({ code: 'REFUND_EXCEEDS_PAYMENT' })
    made.script.refund = () => ok(done(1))
    await made.request({ amount: fen(1) })
    expect(await made.order()).toMatchObject({ status: 'refunded' })
    expect((await made.request({ amount: fen(1) }))._unsafeUnwrapErr()).toEqual({ code: 'REFUND_EXCEEDS_PAYMENT' })
  })

  it('never take more than was paid when twenty come at once', async () => {
    const made = await refundWorld()
    const all = await Promise.all(Array.from({ length: 20 }, () => made.request({ amount: fen(1000) })))
    expect(all.filter((one) => one.isOk())).toHaveLength(9)
    expect(await expectMoneyConserved(made)).toEqual({ kept: 900, returned: 0, reserved: 9000 })
  })

  it('are one refund when the same request comes twenty times at once', async () => {
    const made = await refundWorld()
    const all = await Promise.all(Array.from({ length: 20 }, () => made.request({ refundNo: 'ONE' })))
    expect(all.every((one) => one.isOk())).toBe(true)
    expect(made.asked.refund).toEqual(['ONE'])
  })

  it('are as many as the gateway allows, without a call for one more', async () => {
    const made = await refundWorld()
    made.script.refundRules = { mostRefunds: 3, gapMs: 0 }
    for (let n = 0; n < 3; n += 1) expect((await made.request({ amount: fen(100) })).isOk()).toBe(true)
    expect((await made.request({ amount: fen(100) }))._unsafeUnwrapErr()).toEqual({ code: 'ORDER_NOT_REFUNDABLE' })
    expect(made.asked.refund).toHaveLength(3)
  })

  it('wait for one another as long as the gateway wants, and then go by themselves', async () => {
    const made = await refundWorld()
    made.script.refundRules = { mostRefunds: undefined, gapMs: 60_000 }
    made.script.queryRefund = () => ok({ state: 'not_found' })
    made.script.refund = () => ok(done(100))
    const numbers = ['A', 'B', 'C']
    for (const no of numbers) {
      const { status } = (await made.request({ refundNo: no, amount: fen(100) }))._unsafeUnwrap().value
      expect([no, status]).toEqual([no, no === 'A' ? 'success' : 'processing'])
    }
    expect(await made.later(59_999)).toBe(0)
    expect(made.asked.refund).toEqual(['A'])
    await made.later(1)
    expect(made.asked.refund).toEqual(['A', 'B'])
    await made.later(59_999)
    expect(made.asked.refund).toEqual(['A', 'B'])
    await made.later(1)
    expect(made.asked.refund).toEqual(numbers)
    expect(await made.statuses()).toEqual(['success', 'success', 'success'])
  })
})

describe('reading a refund', () => {
  it('brings one under way up to date, and shows it as last known where the gateway is silent', async () => {
    const made = await refundWorld()
    const { refundNo: no } = (await made.request())._unsafeUnwrap().value
    made.script.queryRefund = () => err({ code: 'GATEWAY_UNAVAILABLE', reason: 'timeout' })
    expect((await made.find(no))._unsafeUnwrap().value.status).toBe('processing')
    made.script.queryRefund = () => ok({ state: 'not_found' })
    expect((await made.find(no))._unsafeUnwrap().value.status).toBe('processing')
    made.script.queryRefund = () => ok(done(PRICE))
    expect((await made.find(no))._unsafeUnwrap().value.status).toBe('success')
    const asked = made.asked.queryRefund.length
    await made.find(no)
    expect(made.asked.queryRefund).toHaveLength(asked)
    expect(made.asked.refund).toHaveLength(1)
  })

  it('is for its owner and for operators', async () => {
    const made = await refundWorld()
    const { refundNo: no } = (await made.request())._unsafeUnwrap().value
    expect((await made.find(no, 'user-2'))._unsafeUnwrapErr()).toEqual({ code: 'REFUND_NOT_FOUND' })
    expect((await made.find(refundNo(9)))._unsafeUnwrapErr()).toEqual({ code: 'REFUND_NOT_FOUND' })
    expect((await made.find(no, 'boss', true)).isOk()).toBe(true)
  })
})

describe('a payment that funded nothing', () => {
  it('is no reason for its order to be refunded twice', async () => {
    const made = await refundWorld()
    made.script.refund = () => ok(done(PRICE))
    const refund = (await made.request())._unsafeUnwrap().value
    made.script.notification = paidNotification(receiptFor(made.payment), 'again')
    expect(await made.notify()).toBe('repeated')
    expect(await made.statuses()).toEqual([refund.status])
  })
})
