import * as fc from 'fast-check'
import type { Result } from 'neverthrow'
import {
  type AccessCode,
  type AccessCodeEvent,
  CODE_RANDOM_LENGTH,
  codeFromRandom,
  transitionAccessCode,
} from '../../src/domain/access-code.ts'
import { type Fen, fen, MAX_AMOUNT_FEN } from '../../src/domain/money.ts'
import { type Order, type OrderEvent, type OrderItem, transitionOrder } from '../../src/domain/order.ts'
import { type Payment, type PaymentEvent, transitionPayment } from '../../src/domain/payment.ts'
import type { PointsEntryKind, PointsPosting } from '../../src/domain/points.ts'
import type { Fulfilment } from '../../src/domain/product.ts'
import { type Refund, type RefundEvent, transitionRefund } from '../../src/domain/refund.ts'
import type { StockMove, StockReservation } from '../../src/domain/stock.ts'
import {
  availableCode,
  entityId,
  minute,
  paidPayment,
  pendingOrder,
  pendingPayment,
  pendingRefund,
  pointsPosting,
} from './builders.ts'

/** Any amount from nothing to the most one order may cost. */
export const anyFen: fc.Arbitrary<Fen> = fc.integer({ min: 0, max: MAX_AMOUNT_FEN }).map(fen)

/** A price that fifty lines of 999 pieces can have without leaving the range of an order. */
export const anyPrice: fc.Arbitrary<Fen> = fc.integer({ min: 1, max: 200_000 }).map(fen)

export const anyInstant: fc.Arbitrary<Date> = fc.integer({ min: 0, max: 60 * 24 * 30 }).map(minute)

// Events speak mostly of what the pending builders hold, so that histories get somewhere, and sometimes contradict it.
const AMOUNT = pendingPayment().amount
const PAYMENT_ID = pendingPayment().id
const TRANSACTION_ID = paidPayment().transactionId
const REFUND_AMOUNT = pendingRefund().amount

const mostly = <T>(right: T, ...wrong: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(right) }, { weight: 1, arbitrary: fc.constantFrom(...wrong) })

const anyAmount = mostly(AMOUNT, fen(AMOUNT - 1), fen(AMOUNT + 1), fen(0))

/** All that has gone back so far, now and then more than was paid. */
const anyTotal: fc.Arbitrary<Fen> = fc.oneof(
  fc.constantFrom(fen(0), fen(1), fen(AMOUNT - 1), AMOUNT, fen(AMOUNT + 1)),
  fc.integer({ min: 0, max: AMOUNT }).map(fen),
)

export const anyPaymentEvent: fc.Arbitrary<PaymentEvent> = fc.oneof(
  fc.record({
    type: fc.constant('succeeded' as const),
    amount: anyAmount,
    transactionId: mostly(TRANSACTION_ID, '4200000001202603010000000002'),
    at: anyInstant,
  }),
  fc.record({ type: fc.constant('failed' as const), reason: fc.string(), at: anyInstant }),
  fc.record({ type: fc.constant('closed' as const), at: anyInstant }),
  fc.record({ type: fc.constant('refunded' as const), total: anyTotal, at: anyInstant }),
)

const anyFunding = { paymentId: mostly(PAYMENT_ID, entityId(99)), amount: anyAmount, at: anyInstant }

export const anyOrderEvent: fc.Arbitrary<OrderEvent> = fc.oneof(
  fc.record({ type: fc.constant('paid' as const), ...anyFunding }),
  fc.record({ type: fc.constant('honoured' as const), ...anyFunding }),
  fc.record({ type: fc.constant('cancelled' as const), at: anyInstant }),
  fc.record({ type: fc.constant('expired' as const), at: anyInstant }),
  fc.record({
    type: fc.constant('refunded' as const),
    paymentId: anyFunding.paymentId,
    total: anyTotal,
    at: anyInstant,
  }),
)

const anyRefundId = fc.constantFrom(undefined, '50000000382026030100000001', '50000000382026030100000002')

export const anyRefundEvent: fc.Arbitrary<RefundEvent> = fc.oneof(
  fc.record({ type: fc.constant('approved' as const), at: anyInstant }),
  fc.record({ type: fc.constant('rejected' as const), reason: fc.string(), at: anyInstant }),
  fc.record({ type: fc.constant('accepted' as const), refundId: anyRefundId, at: anyInstant }),
  fc.record({ type: fc.constant('turned_abnormal' as const), refundId: anyRefundId, at: anyInstant }),
  fc.record({
    type: fc.constant('succeeded' as const),
    refundId: anyRefundId,
    amount: mostly(REFUND_AMOUNT, fen(REFUND_AMOUNT - 1), fen(REFUND_AMOUNT + 1)),
    at: anyInstant,
  }),
  fc.record({ type: fc.constant('failed' as const), reason: fc.string(), at: anyInstant }),
  fc.record({ type: fc.constant('retried' as const), at: anyInstant }),
)

export const anyUserId: fc.Arbitrary<string> = fc.constantFrom('user-1', 'user-2', 'user-3')

export const anyCodeEvent: fc.Arbitrary<AccessCodeEvent> = fc.oneof(
  fc.record({ type: fc.constant('activated' as const), userId: anyUserId, at: anyInstant }),
  fc.record({ type: fc.constantFrom('frozen' as const, 'unfrozen' as const), at: anyInstant }),
  fc.record({ type: fc.constant('expired' as const), at: anyInstant }),
  fc.record({ type: fc.constant('revoked' as const), at: anyInstant }),
)

/** The state reached when each event is applied that the machine accepts; refused ones change nothing. */
export const stateAfter = <S, E>(
  transition: (state: S, event: E) => Result<readonly [S, readonly unknown[]], unknown>,
  start: S,
  history: readonly E[],
): S =>
  history.reduce((state, event) => {
    const next = transition(state, event)
    return next.isOk() ? next.value[0] : state
  }, start)

// Only states some history leads to: they are the ones that can exist.
export const anyPayment: fc.Arbitrary<Payment> = fc
  .array(anyPaymentEvent)
  .map((history) => stateAfter<Payment, PaymentEvent>(transitionPayment, pendingPayment(), history))
export const anyOrder: fc.Arbitrary<Order> = fc
  .array(anyOrderEvent)
  .map((history) => stateAfter<Order, OrderEvent>(transitionOrder, pendingOrder(), history))
export const anyRefund: fc.Arbitrary<Refund> = fc
  .array(anyRefundEvent)
  .map((history) => stateAfter<Refund, RefundEvent>(transitionRefund, pendingRefund(), history))
export const anyAccessCode: fc.Arbitrary<AccessCode> = fc
  .array(anyCodeEvent)
  .map((history) => stateAfter<AccessCode, AccessCodeEvent>(transitionAccessCode, availableCode(), history))

/** The text of a code as it is kept, without hyphens. */
export const anyCodeText: fc.Arbitrary<string> = fc
  .uint8Array({ minLength: CODE_RANDOM_LENGTH, maxLength: CODE_RANDOM_LENGTH })
  .map(codeFromRandom)

export const anyFulfilment: fc.Arbitrary<Fulfilment> = fc.oneof(
  fc.record({
    type: fc.constant('access' as const),
    delivery: fc.constantFrom('grant' as const, 'code' as const),
    validityDays: fc.integer({ min: 1, max: 3660 }),
  }),
  fc.record({
    type: fc.constant('points' as const),
    points: fc.integer({ min: 1, max: 1_000_000 }),
    bonusPoints: fc.integer({ min: 0, max: 100_000 }),
  }),
  fc.record({ type: fc.constant('goods' as const), sku: fc.constantFrom('TSHIRT-M', 'TSHIRT-L', 'MUG') }),
)

export const anyOrderItem: fc.Arbitrary<OrderItem> = fc.record({
  productId: fc.integer({ min: 1, max: 5 }).map(entityId),
  name: fc.constantFrom('年度会员', 'T恤 “M”', '<b>&amp;', '=1+1', '😀'),
  unitPrice: anyPrice,
  quantity: fc.integer({ min: 1, max: 999 }),
  fulfilment: anyFulfilment,
})

/** What one order may hold: 1 to 50 lines. */
export const anyOrderItems: fc.Arbitrary<readonly OrderItem[]> = fc.array(anyOrderItem, { minLength: 1, maxLength: 50 })

export const anyStockMove: fc.Arbitrary<StockMove> = fc.constantFrom('reserve', 'sell', 'release', 'restore')
export const anyReservationStatus: fc.Arbitrary<StockReservation['status']> = fc.constantFrom(
  'held',
  'sold',
  'released',
  'restored',
)

const CREDITS: readonly PointsEntryKind[] = ['purchase', 'bonus', 'spend_refund']
const DEBITS: readonly PointsEntryKind[] = ['spend', 'take_back']

/** A line with the sign its kind has; an adjustment may have either. */
export const anyPointsPosting: fc.Arbitrary<PointsPosting> = fc
  .tuple(
    fc.constantFrom<PointsEntryKind>(...CREDITS, ...DEBITS, 'adjustment'),
    fc.integer({ min: 1, max: 2000 }),
    fc.boolean(),
    fc.integer({ min: 1, max: 1_000_000 }).map(entityId),
    anyInstant,
  )
  .map(([kind, points, negative, id, createdAt]) =>
    pointsPosting({
      id,
      kind,
      delta: DEBITS.includes(kind) || (kind === 'adjustment' && negative) ? -points : points,
      createdAt,
    }),
  )
