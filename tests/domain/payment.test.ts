import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fen } from '../../src/domain/money.ts'
import {
  isMethodOf,
  METHODS,
  PROVIDERS,
  type Payment,
  type PaymentDomainEvent,
  type PaymentEvent,
  type PaymentStatus,
  refundedOf,
  transitionPayment,
} from '../../src/domain/payment.ts'
import { anyFen, anyInstant, anyPayment, anyPaymentEvent, stateAfter } from '../support/arbitraries.ts'
import {
  closedPayment,
  failedPayment,
  minute,
  paidPayment,
  partiallyRefundedPayment,
  pendingPayment,
  refundedPayment,
} from '../support/builders.ts'
import { machineContract } from './machine-contract.ts'
import { inAnyOrder, permutationsOf, settle } from './redelivery.ts'

const { amount } = pendingPayment()
const { transactionId } = paidPayment()
const { refunded } = partiallyRefundedPayment()
const at = minute(20)

const states = {
  pending: pendingPayment(),
  failed: failedPayment(),
  closed: closedPayment(),
  paid: paidPayment(),
  partially_refunded: partiallyRefundedPayment(),
  refunded: refundedPayment(),
} as const satisfies Record<PaymentStatus, Payment>

const events = {
  succeeded: { type: 'succeeded', amount, transactionId, at },
  'succeeded with another amount': { type: 'succeeded', amount: fen(amount - 1), transactionId, at },
  'succeeded under another number': { type: 'succeeded', amount, transactionId: '2026030122001', at },
  failed: { type: 'failed', reason: 'PAYERROR', at },
  closed: { type: 'closed', at },
  'nothing refunded': { type: 'refunded', total: fen(0), at },
  'refunded as known': { type: 'refunded', total: refunded, at },
  'refunded further': { type: 'refunded', total: fen(refunded + 1), at },
  'refunded in full': { type: 'refunded', total: amount, at },
  'refunded beyond': { type: 'refunded', total: fen(amount + 1), at },
} as const satisfies Record<string, PaymentEvent>

const unpaid = {
  succeeded: '→ paid',
  'succeeded with another amount': 'AMOUNT_MISMATCH',
  'succeeded under another number': '→ paid',
  'nothing refunded': 'PAYMENT_NOT_PAID',
  'refunded as known': 'PAYMENT_NOT_PAID',
  'refunded further': 'PAYMENT_NOT_PAID',
  'refunded in full': 'PAYMENT_NOT_PAID',
  'refunded beyond': 'PAYMENT_NOT_PAID',
} as const

const settled = {
  succeeded: 'silent',
  'succeeded with another amount': 'AMOUNT_MISMATCH',
  'succeeded under another number': 'TRANSACTION_MISMATCH',
  failed: 'PAYMENT_ALREADY_PAID',
  closed: 'PAYMENT_ALREADY_PAID',
  'nothing refunded': 'silent',
  'refunded beyond': 'REFUND_EXCEEDS_PAYMENT',
} as const

machineContract<Payment, PaymentEvent>({
  name: 'payment',
  transition: transitionPayment,
  states,
  events,
  outcomes: {
    pending: { ...unpaid, failed: '→ failed', closed: '→ closed' },
    failed: { ...unpaid, failed: 'silent', closed: 'silent' },
    closed: { ...unpaid, failed: 'silent', closed: 'silent' },
    paid: {
      ...settled,
      'refunded as known': '→ partially_refunded',
      'refunded further': '→ partially_refunded',
      'refunded in full': '→ refunded',
    },
    partially_refunded: {
      ...settled,
      'refunded as known': 'silent',
      'refunded further': '→ partially_refunded',
      'refunded in full': '→ refunded',
    },
    refunded: {
      ...settled,
      'refunded as known': 'silent',
      'refunded further': 'silent',
      'refunded in full': 'silent',
    },
  } satisfies Record<keyof typeof states, Record<keyof typeof events, string>>,
  arrows: [
    'pending → paid',
    'pending → failed',
    'pending → closed',
    'failed → paid',
    'closed → paid',
    'paid → partially_refunded',
    'paid → refunded',
    'partially_refunded → partially_refunded',
    'partially_refunded → refunded',
  ],
  final: ['refunded'],
  start: pendingPayment(),
  anyState: anyPayment,
  anyEvent: anyPaymentEvent,
})

/** All a payment says about money, without how the attempt ended before the success came. */
const truthOf = (payment: Payment) =>
  'paidAt' in payment
    ? { transactionId: payment.transactionId, paidAt: payment.paidAt, refunded: refundedOf(payment) }
    : 'no money taken'

describe('the payment', () => {
  it('keeps number and time of the success, and announces it', () => {
    expect(transitionPayment(pendingPayment(), events.succeeded)._unsafeUnwrap()).toEqual([
      paidPayment({ paidAt: at }),
      [
        {
          type: 'payment.succeeded',
          paymentId: pendingPayment().id,
          orderId: pendingPayment().orderId,
          at,
          transactionId: paidPayment().transactionId,
        },
      ],
    ])
  })

  it('is settled by no other amount than the one it asked for, and says so', () => {
    fc.assert(
      fc.property(anyPayment, anyFen, (payment, other) => {
        fc.pre(other !== amount)
        const answer = transitionPayment(payment, { ...events.succeeded, amount: other })
        expect(answer._unsafeUnwrapErr()).toEqual({ code: 'AMOUNT_MISMATCH', expected: amount, actual: other })
      }),
    )
  })

  it('keeps the reason of a failure', () => {
    const [payment] = transitionPayment(pendingPayment(), events.failed)._unsafeUnwrap()
    expect(payment).toEqual(failedPayment({ failureReason: 'PAYERROR' }))
  })

  it('never forgets that it was paid, nor any fen that went back', () => {
    fc.assert(
      fc.property(anyPayment, fc.array(anyPaymentEvent), (payment, later) => {
        const after = stateAfter<Payment, PaymentEvent>(transitionPayment, payment, later)
        expect(refundedOf(after)).toBeGreaterThanOrEqual(refundedOf(payment))
        expect(refundedOf(after)).toBeLessThanOrEqual(after.amount)
        expect(Number.isSafeInteger(refundedOf(after))).toBe(true)
        if ('paidAt' in payment)
          expect(after).toMatchObject({ transactionId: payment.transactionId, paidAt: payment.paidAt })
      }),
      { numRuns: 500 },
    )
  })

  it('is partially refunded only while something went back and something is left', () => {
    fc.assert(
      fc.property(anyPayment, (payment) => {
        if (payment.status !== 'partially_refunded') return
        expect(payment.refunded).toBeGreaterThan(0)
        expect(payment.refunded).toBeLessThan(payment.amount)
      }),
      { numRuns: 500 },
    )
  })
})

describe('the facts about one payment, in whatever order they come', () => {
  const success: PaymentEvent = { type: 'succeeded', amount, transactionId, at: minute(5) }
  const back = (total: number): PaymentEvent => ({ type: 'refunded', total: fen(total), at: minute(9) })

  it('end in one truth for all 720 orders of a closed, failed, late paid and twice refunded attempt', () => {
    const facts = [events.failed, events.closed, success, back(100), back(2500), success]
    const truths = permutationsOf(facts).map((order) => truthOf(settle(transitionPayment, pendingPayment(), order)))
    expect(truths).toHaveLength(720)
    for (const truth of truths) expect(truth).toEqual({ transactionId, paidAt: minute(5), refunded: 2500 })
  })

  it('end in one truth for any true set of them, repeated at will', () => {
    const ends = fc.subarray<PaymentEvent>([events.failed, events.closed])
    const totals = fc.array(fc.integer({ min: 1, max: amount }), { maxLength: 5 })
    const story = fc
      .tuple(fc.boolean(), ends, totals)
      .map(([paid, before, backs]) => [...before, ...(paid ? [success, ...backs.map(back)] : [])])
    fc.assert(
      fc.property(story.chain(inAnyOrder), (order) => {
        const backs = order.flatMap((fact) => (fact.type === 'refunded' ? [fact.total] : []))
        const truth = order.includes(success)
          ? { transactionId, paidAt: minute(5), refunded: Math.max(0, ...backs) }
          : 'no money taken'
        expect(truthOf(settle(transitionPayment, pendingPayment(), order))).toEqual(truth)
      }),
      { numRuns: 500 },
    )
  })
})

describe('the news of a payment', () => {
  type News = Pick<Payment, 'status'> & {
    paidAt?: Date
    transactionId?: string
    failureReason?: string
    refunded: number
  }

  const heard = (known: News, event: PaymentDomainEvent): News => {
    switch (event.type) {
      case 'payment.created':
        return { status: 'pending', refunded: 0 }
      case 'payment.succeeded':
        return { status: 'paid', paidAt: event.at, transactionId: event.transactionId, refunded: 0 }
      case 'payment.failed':
        return { ...known, status: 'failed', failureReason: event.reason }
      case 'payment.closed':
        return { ...known, status: 'closed' }
      case 'payment.refunded':
        return {
          ...known,
          status: event.refunded === amount ? 'refunded' : 'partially_refunded',
          refunded: event.refunded,
        }
    }
  }

  it('adds up to what the payment itself knows', () => {
    fc.assert(
      fc.property(fc.array(anyPaymentEvent), anyInstant, (history, createdAt) => {
        let payment: Payment = pendingPayment({ createdAt })
        let known: News = { status: 'pending', refunded: 0 }
        for (const event of history)
          transitionPayment(payment, event).map(([next, announced]) => {
            payment = next
            known = announced.reduce(heard, known)
            for (const { paymentId, orderId } of announced)
              expect({ paymentId, orderId }).toEqual({ paymentId: payment.id, orderId: payment.orderId })
          })
        expect(known).toEqual({
          status: payment.status,
          refunded: refundedOf(payment),
          ...('paidAt' in payment ? { paidAt: payment.paidAt } : {}),
          ...('transactionId' in payment ? { transactionId: payment.transactionId } : {}),
          ...('failureReason' in payment ? { failureReason: payment.failureReason } : {}),
        })
      }),
      { numRuns: 500 },
    )
  })
})

describe('the methods of a provider', () => {
  it('belong to that provider and to no other', () => {
    for (const provider of PROVIDERS)
      for (const owner of PROVIDERS)
        for (const method of METHODS[owner]) expect(isMethodOf(provider, method)).toBe(provider === owner)
  })

  it('are none but the listed ones', () => {
    for (const text of ['', 'wechat_native', 'WECHAT', 'toString', '__proto__', 'length'])
      expect(isMethodOf('wechat', text)).toBe(false)
  })
})
