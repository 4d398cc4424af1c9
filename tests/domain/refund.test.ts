import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fen } from '../../src/domain/money.ts'
import {
  isReserving,
  type Refund,
  type RefundDomainEvent,
  type RefundEvent,
  type RefundStatus,
  refundableOf,
  transitionRefund,
} from '../../src/domain/refund.ts'
import { anyFen, anyRefund, anyRefundEvent } from '../support/arbitraries.ts'
import {
  cancelledRefund,
  closedPayment,
  failedPayment,
  failedRefund,
  minute,
  paidPayment,
  partiallyRefundedPayment,
  pendingPayment,
  pendingRefund,
  processingRefund,
  refundedPayment,
  successfulRefund,
} from '../support/builders.ts'
import { machineContract } from './machine-contract.ts'
import { inAnyOrder, permutationsOf, settle } from './redelivery.ts'

const { amount } = pendingRefund()
const { refundId } = successfulRefund()
const at = minute(20)
const OTHER_ID = '50000000382026030100000099'

/** `processing` in its three shades: just sent, taken in hand, and waiting for a person. */
const states = {
  pending: pendingRefund(),
  cancelled: cancelledRefund(),
  processing: processingRefund(),
  'accepted (processing)': processingRefund({ refundId }),
  'abnormal (processing)': processingRefund({ refundId, abnormal: true }),
  success: successfulRefund(),
  failed: failedRefund(),
} as const satisfies Record<string, Refund> & Record<RefundStatus, Refund>

const events = {
  approved: { type: 'approved', at },
  rejected: { type: 'rejected', reason: '已使用', at },
  accepted: { type: 'accepted', refundId, at },
  'accepted without a number': { type: 'accepted', refundId: undefined, at },
  'turned abnormal': { type: 'turned_abnormal', refundId, at },
  'accepted under another number': { type: 'accepted', refundId: OTHER_ID, at },
  'turned abnormal under another number': { type: 'turned_abnormal', refundId: OTHER_ID, at },
  succeeded: { type: 'succeeded', refundId, amount, at },
  'succeeded under another number': { type: 'succeeded', refundId: OTHER_ID, amount, at },
  'succeeded with another amount': { type: 'succeeded', refundId, amount: fen(amount + 1), at },
  failed: { type: 'failed', reason: 'NOTENOUGH', at },
  retried: { type: 'retried', at },
} as const satisfies Record<string, RefundEvent>

const unsent = {
  accepted: 'REFUND_NOT_PROCESSING',
  'accepted without a number': 'REFUND_NOT_PROCESSING',
  'turned abnormal': 'REFUND_NOT_PROCESSING',
  'accepted under another number': 'REFUND_NOT_PROCESSING',
  'turned abnormal under another number': 'REFUND_NOT_PROCESSING',
  succeeded: 'REFUND_NOT_PROCESSING',
  'succeeded under another number': 'REFUND_NOT_PROCESSING',
  'succeeded with another amount': 'AMOUNT_MISMATCH',
} as const

const underWay = {
  approved: 'silent',
  rejected: 'REFUND_NOT_PENDING',
  'accepted without a number': 'silent',
  succeeded: '→ success',
  'succeeded with another amount': 'AMOUNT_MISMATCH',
  failed: '→ failed',
  retried: 'silent',
} as const

/** Once the gateway has given it a number, a second one is never taken in. */
const otherNumber = {
  'accepted under another number': 'REFUND_ID_MISMATCH',
  'turned abnormal under another number': 'REFUND_ID_MISMATCH',
  'succeeded under another number': 'REFUND_ID_MISMATCH',
} as const

machineContract<Refund, RefundEvent>({
  name: 'refund',
  transition: transitionRefund,
  states,
  events,
  outcomes: {
    pending: {
      ...unsent,
      approved: '→ processing',
      rejected: '→ cancelled',
      failed: 'REFUND_NOT_PROCESSING',
      retried: 'REFUND_NOT_FAILED',
    },
    cancelled: {
      ...unsent,
      approved: 'REFUND_NOT_PENDING',
      rejected: 'silent',
      failed: 'REFUND_NOT_PROCESSING',
      retried: 'REFUND_NOT_FAILED',
    },
    processing: {
      ...underWay,
      accepted: '→ processing',
      'accepted under another number': '→ processing',
      'turned abnormal': '→ processing',
      'turned abnormal under another number': '→ processing',
      'succeeded under another number': '→ success',
    },
    'accepted (processing)': { ...underWay, ...otherNumber, accepted: 'silent', 'turned abnormal': '→ processing' },
    'abnormal (processing)': { ...underWay, ...otherNumber, accepted: 'silent', 'turned abnormal': 'silent' },
    success: {
      ...otherNumber,
      approved: 'REFUND_NOT_PENDING',
      rejected: 'REFUND_NOT_PENDING',
      accepted: 'silent',
      'accepted without a number': 'silent',
      'turned abnormal': 'silent',
      succeeded: 'silent',
      'succeeded with another amount': 'AMOUNT_MISMATCH',
      failed: 'REFUND_ALREADY_SUCCEEDED',
      retried: 'REFUND_ALREADY_SUCCEEDED',
    },
    failed: {
      ...unsent,
      approved: 'REFUND_NOT_PENDING',
      rejected: 'REFUND_NOT_PENDING',
      failed: 'silent',
      retried: '→ processing',
    },
  } satisfies Record<keyof typeof states, Record<keyof typeof events, string>>,
  arrows: [
    'pending → processing',
    'pending → cancelled',
    'processing → processing',
    'processing → success',
    'processing → failed',
    'failed → processing',
  ],
  final: ['success', 'cancelled'],
  start: pendingRefund(),
  anyState: anyRefund,
  anyEvent: anyRefundEvent,
})

describe('the refund', () => {
  const step = (refund: Refund, event: RefundEvent): Refund => transitionRefund(refund, event)._unsafeUnwrap()[0]

  it('keeps the reason it was rejected with', () => {
    expect(step(pendingRefund(), events.rejected)).toEqual(cancelledRefund({ reasonGiven: '已使用', processedAt: at }))
  })

  it('keeps the reason it failed with, and the number the gateway knows it by', () => {
    expect(step(processingRefund({ refundId }), events.failed)).toEqual(
      failedRefund({ refundId, failureReason: 'NOTENOUGH', processedAt: at }),
    )
  })

  it('goes on under the same numbers when it is retried, no longer abnormal', () => {
    const failed = step(processingRefund({ refundId, abnormal: true }), events.failed)
    expect(step(failed, events.retried)).toEqual(processingRefund({ refundId, abnormal: false }))
  })

  it('keeps its room while it is abnormal and can still succeed', () => {
    const abnormal = step(processingRefund(), events['turned abnormal'])
    expect(abnormal).toEqual(processingRefund({ refundId, abnormal: true }))
    expect(isReserving(abnormal)).toBe(true)
    expect(step(abnormal, events.succeeded)).toEqual(successfulRefund({ processedAt: at }))
  })

  it('keeps the number it was accepted under when the success names none', () => {
    const accepted = step(processingRefund(), events.accepted)
    expect(step(accepted, { ...events.succeeded, refundId: undefined })).toEqual(successfulRefund({ processedAt: at }))
  })

  it('succeeds over no other amount than its own, and says so', () => {
    fc.assert(
      fc.property(anyRefund, anyFen, (refund, other) => {
        fc.pre(other !== amount)
        const answer = transitionRefund(refund, { ...events.succeeded, amount: other })
        expect(answer._unsafeUnwrapErr()).toEqual({ code: 'AMOUNT_MISMATCH', expected: amount, actual: other })
      }),
    )
  })
})

describe('a second number of the gateway under one of ours', () => {
  it('is told from the first, in both ways', () => {
    const answer = transitionRefund(successfulRefund(), events['succeeded under another number'])
    expect(answer._unsafeUnwrapErr()).toEqual({ code: 'REFUND_ID_MISMATCH', expected: refundId, actual: OTHER_ID })
  })

  it('is announced with the success where it is the first', () => {
    const [, announced] = transitionRefund(processingRefund(), events.succeeded)._unsafeUnwrap()
    expect(announced).toMatchObject([{ type: 'refund.succeeded', refundId }])
  })
})

describe('what a gateway says about one refund, in whatever order it comes', () => {
  const facts = [events.accepted, events['accepted without a number'], events['turned abnormal']]

  it('ends in its success, where that is among it', () => {
    for (const order of permutationsOf([...facts, events.succeeded]))
      expect(settle<Refund, RefundEvent>(transitionRefund, processingRefund(), order)).toEqual(
        successfulRefund({ processedAt: at }),
      )
  })

  it('ends in its failure, where that is among it', () => {
    for (const order of permutationsOf([...facts, events.failed]))
      expect(settle<Refund, RefundEvent>(transitionRefund, processingRefund(), order)).toMatchObject({
        status: 'failed',
        failureReason: 'NOTENOUGH',
      })
  })

  it('ends the same way however often it is repeated, and waits where nothing is decided', () => {
    const end = fc.constantFrom<readonly RefundEvent[]>([events.succeeded], [events.failed], [])
    const story = fc.tuple(fc.subarray<RefundEvent>(facts), end).map(([before, last]) => [...before, ...last])
    fc.assert(
      fc.property(story.chain(inAnyOrder), (order) => {
        const has = (type: RefundEvent['type']) => order.some((event) => event.type === type)
        const status = has('succeeded') ? 'success' : has('failed') ? 'failed' : 'processing'
        expect(settle<Refund, RefundEvent>(transitionRefund, processingRefund(), order).status).toBe(status)
      }),
      { numRuns: 300 },
    )
  })
})

describe('the news of a refund', () => {
  type News = Pick<Refund, 'status'> & { abnormal?: boolean; processedAt?: Date; reason?: string }

  const heard = (known: News, event: RefundDomainEvent): News => {
    switch (event.type) {
      case 'refund.requested':
        return { status: 'pending' }
      case 'refund.approved':
      case 'refund.retried':
        return { status: 'processing', abnormal: false }
      case 'refund.accepted':
        return known
      case 'refund.abnormal':
        return { status: 'processing', abnormal: true }
      case 'refund.cancelled':
        return { status: 'cancelled', processedAt: event.at, reason: event.reason }
      case 'refund.succeeded':
        return { status: 'success', processedAt: event.at }
      case 'refund.failed':
        return { status: 'failed', processedAt: event.at, reason: event.reason }
    }
  }

  it('adds up to what the refund itself knows', () => {
    fc.assert(
      fc.property(fc.array(anyRefundEvent), (history) => {
        let refund: Refund = pendingRefund()
        let known: News = { status: 'pending' }
        for (const event of history)
          transitionRefund(refund, event).map(([next, announced]) => {
            refund = next
            known = announced.reduce(heard, known)
            for (const { refundNo, paymentId, orderId } of announced)
              expect(refund).toMatchObject({ refundNo, paymentId, orderId })
          })
        expect(known).toEqual({
          status: refund.status,
          ...('abnormal' in refund ? { abnormal: refund.abnormal } : {}),
          ...('processedAt' in refund ? { processedAt: refund.processedAt } : {}),
          ...('failureReason' in refund ? { reason: refund.failureReason } : {}),
          ...('reasonGiven' in refund ? { reason: refund.reasonGiven } : {}),
        })
      }),
      { numRuns: 500 },
    )
  })
})

describe('what may still be asked back', () => {
  it('is the whole payment at first', () => {
    expect(refundableOf(paidPayment({ amount: fen(9900) }), [])).toBe(9900)
  })

  it('is nothing where nothing was paid, nor where everything went back', () => {
    for (const payment of [pendingPayment(), failedPayment(), closedPayment(), refundedPayment()])
      expect(refundableOf(payment, [])).toBe(0)
  })

  it('leaves out what went back and what waiting or running refunds hold', () => {
    const payment = partiallyRefundedPayment({ amount: fen(9900), refunded: fen(1000) })
    const refunds = [
      successfulRefund({ amount: fen(1000) }),
      pendingRefund({ amount: fen(200) }),
      processingRefund({ amount: fen(30) }),
      processingRefund({ amount: fen(4), abnormal: true }),
    ]
    expect(refundableOf(payment, refunds)).toBe(9900 - 1000 - 200 - 30 - 4)
  })

  it('takes no room for refunds that failed or were rejected', () => {
    expect(refundableOf(paidPayment({ amount: fen(9900) }), [failedRefund(), cancelledRefund()])).toBe(9900)
  })

  it('is nothing, and no crash, when the gateway’s console gave back what another refund holds', () => {
    const payment = partiallyRefundedPayment({ amount: fen(9900), refunded: fen(6000) })
    expect(refundableOf(payment, [pendingRefund({ amount: fen(6000) })])).toBe(0)
  })
})
