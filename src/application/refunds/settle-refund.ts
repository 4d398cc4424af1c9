import { err, ok, type Result } from 'neverthrow'
import type { Cause, DomainEvent } from '../../domain/event.ts'
import {
  type Refund,
  type RefundError,
  type RefundEvent,
  type RefundTransition,
  transitionRefund,
} from '../../domain/refund.ts'
import type { Ids } from '../ids.ts'
import { type Repositories, WRITE_CONFLICT, type WriteConflict } from '../transaction.ts'
import type { Versioned } from '../versioned.ts'
import { followRefunds } from './follow-refunds.ts'
import { makeRoom } from './make-room.ts'

export type SettleRefundInput = {
  readonly refundNo: string
  readonly event: Exclude<RefundEvent, { type: 'approved' | 'rejected' | 'retried' }>
  readonly cause: Cause
  readonly at: Date
}

/** `held`: it was given up, and its room is held by refunds under way; it is noted and booked when those have ended. */
export type SettleRefundOutcome = 'changed' | 'repeated' | 'contradiction' | 'unknown_refund' | 'held'

type Deps = { readonly ids: Ids }

/**
 * Books what the gateway says of a refund, inside the caller's transaction: the refund, what its payment and its
 * order have got back, what was delivered for it, and an incident where a person is needed.
 */
export const settleRefund =
  (deps: Deps) =>
  async (repositories: Repositories, input: SettleRefundInput): Promise<Result<SettleRefundOutcome, WriteConflict>> => {
    const before = await repositories.refunds.find(input.refundNo)
    if (before === undefined) return ok('unknown_refund')
    if (before.value.status === 'failed' && input.event.type === 'succeeded')
      return revive(deps, repositories, before, before.value, input.event, input)
    const moved = transitionRefund(before.value, input.event)
    if (moved.isErr()) {
      await reportContradiction(deps, repositories, before.value, input, moved.error)
      return ok('contradiction')
    }
    if (moved.value[1].length === 0) return ok('repeated')
    return book(deps, repositories, before, moved.value, input)
  }

type Failed = Extract<Refund, { status: 'failed' }>
type Succeeded = Extract<RefundEvent, { type: 'succeeded' }>

/**
 * Money that moved is a fact even where its refund was given up: it takes its room again first. Whoever gave it up may
 * have returned the money in another way meanwhile, so a person is told in any case.
 */
const revive = async (
  deps: Deps,
  repositories: Repositories,
  before: Versioned<Refund>,
  refund: Failed,
  event: Succeeded,
  input: SettleRefundInput,
): Promise<Result<SettleRefundOutcome, WriteConflict>> => {
  const { paymentId, refundNo, amount } = refund
  const { cause, at } = input
  const revived = transitionRefund(refund, { type: 'retried', at: event.at }).andThen(([again, retried]) =>
    transitionRefund(again, event).map(([done, succeeded]) => [done, [...retried, ...succeeded]] as const),
  )
  const payment = await repositories.payments.find(paymentId)
  if (payment === undefined) throw new Error(`payment ${paymentId} is gone`)
  // Whoever else takes room of this payment meanwhile has to look again.
  if (!(await repositories.payments.replace(payment, payment.value, at))) return err(WRITE_CONFLICT)
  const room = revived.isErr() ? ok('none' as const) : await makeRoom(repositories, payment.value, refund, cause, at)
  if (room.isErr()) return err(room.error)
  if (room.value === 'held') {
    const clue = { paymentId, number: refundNo, amount, refundNo: undefined, createdAt: at }
    if (!(await repositories.refundClues.insert(clue))) return ok('held')
  }
  await reportContradiction(deps, repositories, refund, input, revived.isErr() ? revived.error : undefined)
  if (room.value === 'held') return ok('held')
  return revived.isErr() || room.value === 'none'
    ? ok('contradiction')
    : book(deps, repositories, before, revived.value, input)
}

const book = async (
  deps: Deps,
  repositories: Repositories,
  before: Versioned<Refund>,
  [refund, refundEvents]: RefundTransition,
  input: SettleRefundInput,
): Promise<Result<SettleRefundOutcome, WriteConflict>> => {
  const { cause, at } = input
  if (!(await repositories.refunds.replace(before, refund, at))) return err(WRITE_CONFLICT)
  const followed = refund.status === 'processing' ? ok(undefined) : await followRefunds(deps)(repositories, refund, at)
  if (followed.isErr()) return err(followed.error)
  if (needsPerson(refund)) await reportStuck(deps, repositories, refund, at)
  const events: readonly DomainEvent[] = [...refundEvents, ...(followed.value ?? [])]
  await repositories.outbox.append({ stream: refund.orderId, events, cause, at })
  return ok('changed')
}

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
  error: RefundError | undefined,
): Promise<void> => {
  const { provider, orderId, refundNo: subject } = refund
  const numbers = error?.code === 'REFUND_ID_MISMATCH' ? { refundId: error.expected, otherRefundId: error.actual } : {}
  const evidence = { refundNo: subject, status: refund.status, event: event.type, amountFen: refund.amount, ...numbers }
  const facts = { id: ids.entity(), kind: 'contradiction', provider, outTradeNo: undefined, orderId } as const
  return incidents.report({ ...facts, evidence, subject, at })
}
