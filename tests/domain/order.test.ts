import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fen } from '../../src/domain/money.ts'
import {
  isFinal,
  type Order,
  type OrderEvent,
  type OrderStatus,
  refundedOf,
  transitionOrder,
} from '../../src/domain/order.ts'
import { anyFen, anyOrder, anyOrderEvent, stateAfter } from '../support/arbitraries.ts'
import {
  cancelledOrder,
  entityId,
  expiredOrder,
  minute,
  paidOrder,
  partiallyRefundedOrder,
  pendingOrder,
  refundedOrder,
} from '../support/builders.ts'
import { machineContract } from './machine-contract.ts'

const { amount } = pendingOrder()
const { paymentId } = paidOrder()
const { refunded } = partiallyRefundedOrder()
const at = minute(20)
const anotherId = entityId(99)

const states = {
  pending: pendingOrder(),
  cancelled: cancelledOrder(),
  expired: expiredOrder(),
  paid: paidOrder(),
  partially_refunded: partiallyRefundedOrder(),
  refunded: refundedOrder(),
} as const satisfies Record<OrderStatus, Order>

const events = {
  paid: { type: 'paid', paymentId, amount, at },
  'paid by another payment': { type: 'paid', paymentId: anotherId, amount, at },
  'paid with another amount': { type: 'paid', paymentId, amount: fen(amount + 1), at },
  honoured: { type: 'honoured', paymentId, amount, at },
  'honoured for another payment': { type: 'honoured', paymentId: anotherId, amount, at },
  'honoured with another amount': { type: 'honoured', paymentId, amount: fen(amount - 1), at },
  cancelled: { type: 'cancelled', at },
  expired: { type: 'expired', at },
  'nothing refunded': { type: 'refunded', paymentId, total: fen(0), at },
  'refunded as known': { type: 'refunded', paymentId, total: refunded, at },
  'refunded further': { type: 'refunded', paymentId, total: fen(refunded + 1), at },
  'refunded in full': { type: 'refunded', paymentId, total: amount, at },
  'refunded beyond': { type: 'refunded', paymentId, total: fen(amount + 1), at },
  'another payment refunded': { type: 'refunded', paymentId: anotherId, total: amount, at },
} as const satisfies Record<string, OrderEvent>

const unfunded = {
  'paid with another amount': 'AMOUNT_MISMATCH',
  'honoured with another amount': 'AMOUNT_MISMATCH',
  'nothing refunded': 'ORDER_NOT_PAID',
  'refunded as known': 'ORDER_NOT_PAID',
  'refunded further': 'ORDER_NOT_PAID',
  'refunded in full': 'ORDER_NOT_PAID',
  'refunded beyond': 'ORDER_NOT_PAID',
  'another payment refunded': 'ORDER_NOT_PAID',
} as const

const ended = {
  ...unfunded,
  paid: 'ORDER_ENDED',
  'paid by another payment': 'ORDER_ENDED',
  honoured: '→ paid',
  'honoured for another payment': '→ paid',
} as const

const funded = {
  paid: 'silent',
  'paid by another payment': 'ORDER_ALREADY_PAID',
  'paid with another amount': 'AMOUNT_MISMATCH',
  honoured: 'silent',
  'honoured for another payment': 'ORDER_ALREADY_PAID',
  'honoured with another amount': 'AMOUNT_MISMATCH',
  cancelled: 'ORDER_ALREADY_PAID',
  expired: 'ORDER_ALREADY_PAID',
  'nothing refunded': 'silent',
  'refunded beyond': 'REFUND_EXCEEDS_PAYMENT',
  'another payment refunded': 'ORDER_ALREADY_PAID',
} as const

machineContract<Order, OrderEvent>({
  name: 'order',
  transition: transitionOrder,
  states,
  events,
  outcomes: {
    pending: {
      ...unfunded,
      paid: '→ paid',
      'paid by another payment': '→ paid',
      honoured: 'ORDER_NOT_ENDED',
      'honoured for another payment': 'ORDER_NOT_ENDED',
      cancelled: '→ cancelled',
      expired: '→ expired',
    },
    cancelled: { ...ended, cancelled: 'silent', expired: 'ORDER_ENDED' },
    expired: { ...ended, cancelled: 'ORDER_ENDED', expired: 'silent' },
    paid: {
      ...funded,
      'refunded as known': '→ partially_refunded',
      'refunded further': '→ partially_refunded',
      'refunded in full': '→ refunded',
    },
    partially_refunded: {
      ...funded,
      'refunded as known': 'silent',
      'refunded further': '→ partially_refunded',
      'refunded in full': '→ refunded',
    },
    refunded: {
      ...funded,
      'refunded as known': 'silent',
      'refunded further': 'silent',
      'refunded in full': 'silent',
    },
  } satisfies Record<keyof typeof states, Record<keyof typeof events, string>>,
  arrows: [
    'pending → paid',
    'pending → cancelled',
    'pending → expired',
    'cancelled → paid',
    'expired → paid',
    'paid → partially_refunded',
    'paid → refunded',
    'partially_refunded → partially_refunded',
    'partially_refunded → refunded',
  ],
  final: ['refunded'],
  start: pendingOrder(),
  anyState: anyOrder,
  anyEvent: anyOrderEvent,
})

const after = (order: Order, history: readonly OrderEvent[]): Order =>
  stateAfter<Order, OrderEvent>(transitionOrder, order, history)

describe('the order', () => {
  it('names the payment that funds it when a second one comes', () => {
    expect(transitionOrder(paidOrder(), events['paid by another payment'])._unsafeUnwrapErr()).toEqual({
      code: 'ORDER_ALREADY_PAID',
      paymentId,
    })
  })

  it('says how it ended when a payment comes too late', () => {
    const refusal = { code: 'ORDER_ENDED', status: 'expired' }
    expect(transitionOrder(expiredOrder(), events.paid)._unsafeUnwrapErr()).toEqual(refusal)
  })

  it('is funded by no other amount than its own, in time or late, and says so', () => {
    fc.assert(
      fc.property(anyOrder, fc.constantFrom(events.paid, events.honoured), anyFen, (order, event, other) => {
        fc.pre(other !== amount)
        const answer = transitionOrder(order, { ...event, amount: other })
        expect(answer._unsafeUnwrapErr()).toEqual({ code: 'AMOUNT_MISMATCH', expected: amount, actual: other })
      }),
    )
  })

  it('once ended leaves its end only for a payment that is honoured', () => {
    const notHonoured = anyOrderEvent.filter((event) => event.type !== 'honoured')
    fc.assert(
      fc.property(fc.constantFrom(cancelledOrder(), expiredOrder()), fc.array(notHonoured), (order, later) => {
        expect(after(order, later)).toBe(order)
      }),
    )
  })

  it('never forgets which payment funded it, nor any fen that went back', () => {
    fc.assert(
      fc.property(anyOrder, fc.array(anyOrderEvent), (order, later) => {
        const next = after(order, later)
        expect(refundedOf(next)).toBeGreaterThanOrEqual(refundedOf(order))
        expect(refundedOf(next)).toBeLessThanOrEqual(next.amount)
        if ('paymentId' in order) expect(next).toMatchObject({ paymentId: order.paymentId, paidAt: order.paidAt })
      }),
      { numRuns: 500 },
    )
  })

  it('is partially refunded only while something went back and something is left', () => {
    fc.assert(
      fc.property(anyOrder, (order) => {
        if (order.status !== 'partially_refunded') return
        expect(order.refunded).toBeGreaterThan(0)
        expect(order.refunded).toBeLessThan(order.amount)
      }),
      { numRuns: 500 },
    )
  })

  it('waits for something only while it is pending', () => {
    for (const [status, order] of Object.entries(states)) expect(isFinal(order)).toBe(status !== 'pending')
  })
})
