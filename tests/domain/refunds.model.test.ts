import * as fc from 'fast-check'
import type { Result } from 'neverthrow'
import { describe, expect, it } from 'vitest'
import { type Fen, fen } from '../../src/domain/money.ts'
import { type Order, refundedOf as refundedOfOrder, transitionOrder } from '../../src/domain/order.ts'
import { type Payment, type PaymentEvent, refundedOf, transitionPayment } from '../../src/domain/payment.ts'
import {
  isReserving,
  type Refund,
  type RefundEvent,
  type RefundStatus,
  refundableOf,
  transitionRefund,
} from '../../src/domain/refund.ts'
import { minute, paidPayment, pendingOrder, pendingPayment, pendingRefund, refundNo } from '../support/builders.ts'

const PAID = pendingPayment().amount
const { transactionId } = paidPayment()
const at = minute(20)

/** The same story in plain numbers: was it paid, and what became of each wish to have some of it back. */
type Model = { paid: boolean; readonly refunds: { readonly amount: number; status: RefundStatus }[] }
type Real = { order: Order; payment: Payment; readonly refunds: Refund[] }
type Command = fc.Command<Model, Real>

const sumWhere = (model: Model, ...statuses: readonly RefundStatus[]): number =>
  model.refunds.reduce((sum, { amount, status }) => sum + (statuses.includes(status) ? amount : 0), 0)

const roomIn = (model: Model): number =>
  model.paid ? PAID - sumWhere(model, 'success') - sumWhere(model, 'pending', 'processing') : 0

const moneyIsConserved = (model: Model, { order, payment, refunds }: Real): void => {
  const taken = 'paidAt' in payment ? payment.amount : 0
  const refunded = refundedOf(payment)
  const reserved = refunds.filter(isReserving).reduce((sum, { amount }) => sum + amount, 0)
  const refundable = refundableOf(payment, refunds)
  expect(refundable + refunded + reserved).toBe(taken)
  for (const part of [refundable, refunded, reserved])
    expect(Number.isSafeInteger(part) && part >= 0 && part <= taken).toBe(true)
  expect({ taken, refunded, refundable }).toEqual({
    taken: model.paid ? PAID : 0,
    refunded: sumWhere(model, 'success'),
    refundable: roomIn(model),
  })
  expect(refundedOfOrder(order)).toBe(refunded)
  expect(refunds.map(({ status }) => status)).toEqual(model.refunds.map(({ status }) => status))
}

const tell = (event: PaymentEvent): Command => ({
  check: () => true,
  run: (model, real) => {
    const answer = transitionPayment(real.payment, event)
    expect(answer.isOk()).toBe(event.type === 'succeeded' || !model.paid)
    answer.map(([payment]) => {
      real.payment = payment
      if (event.type !== 'succeeded') return
      model.paid = true
      real.order = transitionOrder(real.order, { ...event, type: 'paid', paymentId: payment.id })._unsafeUnwrap()[0]
    })
    moneyIsConserved(model, real)
  },
  toString: () => `payment ${event.type}`,
})

const ask = (amount: Fen): Command => ({
  check: () => true,
  run: (model, real) => {
    const granted = amount <= refundableOf(real.payment, real.refunds)
    expect(granted).toBe(amount <= roomIn(model))
    if (granted) {
      real.refunds.push(pendingRefund({ refundNo: refundNo(real.refunds.length + 1), amount }))
      model.refunds.push({ amount, status: 'pending' })
    }
    moneyIsConserved(model, real)
  },
  toString: () => `ask for ${amount}`,
})

/** What each event must make of a refund, in plain words; `undefined` where it must be refused. */
const fates: Record<RefundEvent['type'], Partial<Record<RefundStatus, RefundStatus>>> = {
  approved: { pending: 'processing', processing: 'processing' },
  rejected: { pending: 'cancelled', cancelled: 'cancelled' },
  accepted: { processing: 'processing', success: 'success' },
  turned_abnormal: { processing: 'processing', success: 'success' },
  succeeded: { processing: 'success', success: 'success' },
  failed: { processing: 'failed', failed: 'failed' },
  retried: { failed: 'processing', processing: 'processing' },
}

/** As the use cases do it: a retry takes its room again under the guard, a success is told to payment and order. */
const settle = (real: Real, index: number, refund: Refund, event: RefundEvent): Result<unknown, unknown> => {
  const answer = transitionRefund(refund, event)
  return answer.map(([next, announced]) => {
    real.refunds[index] = next
    if (event.type !== 'succeeded' || announced.length === 0) return
    const total = fen(refundedOf(real.payment) + event.amount)
    real.payment = transitionPayment(real.payment, { type: 'refunded', total, at })._unsafeUnwrap()[0]
    const paymentId = real.payment.id
    real.order = transitionOrder(real.order, { type: 'refunded', paymentId, total, at })._unsafeUnwrap()[0]
  })
}

const step = (pick: number, eventFor: (refund: Refund) => RefundEvent): Command => ({
  check: (model) => model.refunds.length > 0,
  run: (model, real) => {
    const index = pick % model.refunds.length
    const [expected, refund] = [model.refunds[index], real.refunds[index]]
    if (expected === undefined || refund === undefined) throw new Error('both books must know the refund')
    const event = eventFor(refund)
    const retry = event.type === 'retried' && refund.status === 'failed'
    const noRoom = retry && refund.amount > refundableOf(real.payment, real.refunds)
    expect(noRoom).toBe(retry && expected.amount > roomIn(model))
    if (!noRoom) {
      const fate = fates[event.type][expected.status]
      expect(settle(real, index, refund, event).isOk()).toBe(fate !== undefined)
      expected.status = fate ?? expected.status
    }
    moneyIsConserved(model, real)
  },
  toString: () => `refund ${pick} ${eventFor(pendingRefund()).type}`,
})

describe('a payment and its refunds', () => {
  const refundId = '50000000382026030100000001'
  const anyStep = fc.constantFrom<(refund: Refund) => RefundEvent>(
    () => ({ type: 'approved', at }),
    () => ({ type: 'approved', at }),
    () => ({ type: 'rejected', reason: '已使用', at }),
    () => ({ type: 'accepted', refundId, at }),
    () => ({ type: 'turned_abnormal', refundId, at }),
    ({ amount }) => ({ type: 'succeeded', refundId, amount, at }),
    ({ amount }) => ({ type: 'succeeded', refundId, amount, at }),
    () => ({ type: 'failed', reason: 'NOTENOUGH', at }),
    () => ({ type: 'retried', at }),
  )
  const anyPaymentFact = fc.constantFrom<PaymentEvent>(
    { type: 'succeeded', amount: PAID, transactionId, at },
    { type: 'closed', at },
    { type: 'failed', reason: 'PAYERROR', at },
  )
  const commands = [
    anyPaymentFact.map(tell),
    fc.integer({ min: 1, max: PAID + 1 }).map((amount) => ask(fen(amount))),
    fc.integer({ min: 1, max: 3000 }).map((amount) => ask(fen(amount))),
    ...Array.from({ length: 4 }, () => fc.tuple(fc.nat(), anyStep).map(([pick, event]) => step(pick, event))),
  ]

  it('keep refundable + refunded + reserved = paid, and agree with plain numbers, after every command', () => {
    fc.assert(
      fc.property(fc.commands(commands, { maxCommands: 60, size: 'max' }), (steps) => {
        fc.modelRun(
          () => ({
            model: { paid: false, refunds: [] },
            real: { order: pendingOrder(), payment: pendingPayment(), refunds: [] },
          }),
          steps,
        )
      }),
      { numRuns: 200 },
    )
  })

  it('can give every fen back in parts, and then not one more', () => {
    const parts = fc.array(fc.integer({ min: 1, max: PAID }), { maxLength: 20 })
    fc.assert(
      fc.property(parts, (wishes) => {
        const real: Real = { order: pendingOrder(), payment: paidPayment(), refunds: [] }
        real.order = transitionOrder(real.order, {
          type: 'paid',
          paymentId: real.payment.id,
          amount: PAID,
          at,
        })._unsafeUnwrap()[0]
        for (const wish of [...wishes, PAID]) {
          const amount = fen(Math.min(wish, refundableOf(real.payment, real.refunds)))
          if (amount === 0) break
          const refund = transitionRefund(pendingRefund({ amount }), { type: 'approved', at })._unsafeUnwrap()[0]
          real.refunds.push(refund)
          settle(real, real.refunds.length - 1, refund, { type: 'succeeded', refundId, amount, at })
        }
        expect(refundableOf(real.payment, real.refunds)).toBe(0)
        expect(real.payment.status).toBe('refunded')
        expect(real.order.status).toBe('refunded')
        const beyond = { type: 'refunded', total: fen(PAID + 1), at } as const
        expect(transitionPayment(real.payment, beyond)._unsafeUnwrapErr()).toEqual({ code: 'REFUND_EXCEEDS_PAYMENT' })
      }),
    )
  })
})
