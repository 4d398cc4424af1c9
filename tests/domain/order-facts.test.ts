import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fen } from '../../src/domain/money.ts'
import {
  type Order,
  type OrderDomainEvent,
  type OrderEvent,
  orderFacts,
  refundedOf,
  transitionOrder,
} from '../../src/domain/order.ts'
import { anyOrderEvent } from '../support/arbitraries.ts'
import { cancelledOrder, entityId, expiredOrder, minute, paidOrder, pendingOrder } from '../support/builders.ts'
import { inAnyOrder, permutationsOf, settle } from './redelivery.ts'

const { amount } = pendingOrder()
const { paymentId } = paidOrder()
const at = minute(20)

const paid: OrderEvent = { type: 'paid', paymentId, amount, at }

describe('the facts about one order, in whatever order they come', () => {
  /** A shop that honours a late payment: it says so wherever the order has ended before. */
  const honouring = (order: Order, event: OrderEvent) => {
    const result = transitionOrder(order, event)
    return event.type === 'paid' && result.isErr() && result.error.code === 'ORDER_ENDED'
      ? transitionOrder(order, { ...event, type: 'honoured' })
      : result
  }
  const back = (total: number): OrderEvent => ({ type: 'refunded', paymentId, total: fen(total), at })
  const truthOf = (order: Order) =>
    'paidAt' in order
      ? { paymentId: order.paymentId, paidAt: order.paidAt, refunded: refundedOf(order) }
      : 'nobody paid'

  it('end in one truth where late payments are honoured', () => {
    const facts = [paid, { type: 'cancelled', at }, { type: 'expired', at }, back(100), back(2500)] as const
    for (const order of permutationsOf(facts))
      expect(truthOf(settle(honouring, pendingOrder(), order))).toEqual({ paymentId, paidAt: at, refunded: 2500 })
  })

  it('end in one truth however often they are repeated', () => {
    const totals = fc.array(fc.integer({ min: 1, max: amount }), { maxLength: 5 })
    fc.assert(
      fc.property(
        totals.chain((backs) => inAnyOrder<OrderEvent>([paid, ...backs.map(back)])),
        (facts) => {
          const backs = facts.flatMap((fact) => (fact.type === 'refunded' ? [fact.total] : []))
          expect(truthOf(settle<Order, OrderEvent>(transitionOrder, pendingOrder(), facts))).toEqual({
            paymentId,
            paidAt: at,
            refunded: Math.max(0, ...backs),
          })
        },
      ),
      { numRuns: 300 },
    )
  })

  it('let exactly one of many payments fund it, and tell each other one which it was', () => {
    const ids = fc.uniqueArray(fc.integer({ min: 1, max: 20 }).map(entityId), { minLength: 2, maxLength: 6 })
    fc.assert(
      fc.property(ids, fc.constantFrom(pendingOrder(), cancelledOrder(), expiredOrder()), (payments, start) => {
        let order: Order = start
        const answers = payments.map((id) => {
          const result = honouring(order, { ...paid, paymentId: id })
          if (result.isOk()) order = result.value[0]
          return result.isOk() ? 'funded' : result.error
        })
        const refusal = { code: 'ORDER_ALREADY_PAID', paymentId: payments[0] }
        expect(answers).toEqual(['funded', ...payments.slice(1).map(() => refusal)])
      }),
    )
  })
})

describe('the news of an order', () => {
  const heard = (order: Order, event: OrderDomainEvent): Order => {
    const facts = orderFacts(order)
    switch (event.type) {
      case 'order.created':
        return { ...facts, status: 'pending' }
      case 'order.cancelled':
        return { ...facts, status: 'cancelled', cancelledAt: event.at }
      case 'order.expired':
        return { ...facts, status: 'expired', expiredAt: event.at }
      case 'order.paid':
        return { ...facts, status: 'paid', paymentId: event.paymentId, paidAt: event.at }
      case 'order.refunded': {
        if (!('paidAt' in order)) throw new Error('a refund was announced before a payment')
        const funding = { paymentId: order.paymentId, paidAt: order.paidAt }
        return event.refunded === facts.amount
          ? { ...facts, ...funding, status: 'refunded' }
          : { ...facts, ...funding, status: 'partially_refunded', refunded: event.refunded }
      }
    }
  }

  it('adds up to the order itself', () => {
    fc.assert(
      fc.property(fc.array(anyOrderEvent), (history) => {
        let order: Order = pendingOrder()
        let known: Order = pendingOrder()
        for (const event of history)
          transitionOrder(order, event).map(([next, announced]) => {
            order = next
            known = announced.reduce(heard, known)
            for (const { orderId } of announced) expect(orderId).toBe(order.id)
          })
        expect(known).toEqual(order)
      }),
      { numRuns: 500 },
    )
  })
})
