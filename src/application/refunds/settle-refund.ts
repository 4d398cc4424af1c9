import { err, ok, type Result } from 'neverthrow'
import type { Cause, DomainEvent } from '../../domain/event.ts'
import { type Fen, sumFen } from '../../domain/money.ts'
import { transitionOrder } from '../../domain/order.ts'
import { type Payment, transitionPayment } from '../../domain/payment.ts'
import { type Refund, type RefundEvent, type RefundTransition, transitionRefund } from '../../domain/refund.ts'
import type { Ids } from '../ids.ts'
import { type Repositories, WRITE_CONFLICT, type WriteConflict } from '../transaction.ts'
import type { Versioned } from '../versioned.ts'

export type SettleRefundInput = {
  readonly refundNo: string
  readonly event: Exclude<RefundEvent, { type: 'approved' | 'rejected' | 'retried' }>
  readonly cause: Cause
  readonly at: Date
}

export type SettleRefundOutcome = 'changed' | 'repeated' | 'contradiction' | 'unknown_refund'

type Deps = { readonly ids: Ids }

/**
 * Books what the gateway says of a refund, inside the caller's transaction: the refund, what its payment and its
 * order have got back, and an incident where a person is needed.
 */
export const settleRefund =
  (deps: Deps) =>
  async (repositories: Repositories, input: SettleRefundInput): Promise<Result<SettleRefundOutcome, WriteConflict>> => {
    const before = await repositories.refunds.find(input.refundNo)
    if (before === undefined) return ok('unknown_refund')
    const moved = transitionRefund(before.value, input.event)
    if (moved.isErr()) {
      await reportContradiction(deps, repositories, before.value, input)
      return ok('contradiction')
    }
    if (moved.value[1].length === 0) return ok('repeated')
    return book(deps, repositories, before, moved.value, input)
  }

const book = async (
  deps: Deps,
  repositories: Repositories,
  before: Versioned<Refund>,
  [refund, refundEvents]: RefundTransition,
  { cause, at }: SettleRefundInput,
): Promise<Result<SettleRefundOutcome, WriteConflict>> => {
  if (!(await repositories.refunds.replace(before, refund, at))) return err(WRITE_CONFLICT)
  const returned = refund.status === 'success' ? await giveBack(repositories, refund, at) : ok([])
  if (returned.isErr()) return err(returned.error)
  if (needsPerson(refund)) await reportStuck(deps, repositories, refund, at)
  const events: readonly DomainEvent[] = [...refundEvents, ...returned.value]
  await repositories.outbox.append({ stream: refund.orderId, events, cause, at })
  return ok('changed')
}

/** Raises what has gone back on the payment and, where it funds it, on the order. */
const giveBack = async (
  { payments, orders, refunds }: Repositories,
  { paymentId, orderId }: Refund,
  at: Date,
): Promise<Result<readonly DomainEvent[], WriteConflict>> => {
  const payment = await payments.find(paymentId)
  const order = await orders.find(orderId)
  if (payment === undefined || order === undefined) throw new Error(`payment ${paymentId} or its order is gone`)
  const total = await refundedTotal(refunds, payment.value)
  const paid = transitionPayment(payment.value, { type: 'refunded', total, at })
  if (paid.isErr()) throw new Error(`payment ${paymentId} can't be refunded: ${paid.error.code}`)
  const [nextPayment, paymentEvents] = paid.value
  if (!(await payments.replace(payment, nextPayment, at))) return err(WRITE_CONFLICT)
  if (!('paymentId' in order.value) || order.value.paymentId !== paymentId) return ok(paymentEvents)
  const refunded = transitionOrder(order.value, { type: 'refunded', paymentId, total, at })
  if (refunded.isErr()) throw new Error(`order ${orderId} can't be refunded: ${refunded.error.code}`)
  const [nextOrder, orderEvents] = refunded.value
  if (!(await orders.replace(order, nextOrder, at))) return err(WRITE_CONFLICT)
  return ok([...paymentEvents, ...orderEvents])
}

const refundedTotal = async (refunds: Repositories['refunds'], payment: Payment): Promise<Fen> =>
  sumFen(
    (await refunds.listByPayment(payment.id))
      .filter(({ value }) => value.status === 'success')
      .map(({ value }) => value.amount),
  )

/** ABNORMAL waits for a person, and so does money we had to give back ourselves and could not. */
const needsPerson = (refund: Refund): boolean =>
  (refund.status === 'processing' && refund.abnormal) || (refund.status === 'failed' && refund.requestedBy === 'system')

const reportStuck = async (
  { ids }: Deps,
  { incidents, orders }: Repositories,
  refund: Refund,
  at: Date,
): Promise<void> => {
  const order = await orders.find(refund.orderId)
  const ended = order?.value.status === 'cancelled' || order?.value.status === 'expired'
  const kind = refund.status === 'processing' ? 'refund_abnormal' : ended ? 'late_payment' : 'surplus_payment'
  const failure = refund.status === 'failed' ? { failureReason: refund.failureReason } : {}
  const evidence = { refundNo: refund.refundNo, amountFen: refund.amount, ...failure }
  const { provider, orderId, refundNo: subject } = refund
  await incidents.report({ id: ids.entity(), kind, provider, outTradeNo: undefined, orderId, evidence, subject, at })
}

const reportContradiction = (
  { ids }: Deps,
  { incidents }: Repositories,
  refund: Refund,
  { event, at }: SettleRefundInput,
): Promise<void> => {
  const { provider, orderId, refundNo: subject } = refund
  const evidence = { refundNo: subject, status: refund.status, event: event.type, amountFen: refund.amount }
  const facts = { id: ids.entity(), kind: 'contradiction', provider, outTradeNo: undefined, orderId } as const
  return incidents.report({ ...facts, evidence, subject, at })
}
