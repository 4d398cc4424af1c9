import { err, ok, type Result } from 'neverthrow'
import type { Cause } from '../../domain/event.ts'
import type { Fen } from '../../domain/money.ts'
import type { Payment } from '../../domain/payment.ts'
import { type Refund, refundTotals } from '../../domain/refund.ts'
import type { Ids } from '../ids.ts'
import { type Repositories, WRITE_CONFLICT, type WriteConflict } from '../transaction.ts'
import type { Versioned } from '../versioned.ts'
import { followRefunds } from './follow-refunds.ts'
import { makeRoom } from './make-room.ts'
import { type SettleRefundInput, settleRefund } from './settle-refund.ts'

export type AdoptRefundInput = {
  /** A paid one. */
  readonly payment: Versioned<Payment>
  /** What the gateway calls it; undefined where it told none. */
  readonly number: string | undefined
  /** Of this refund alone. */
  readonly amount: Fen
  readonly event: Exclude<SettleRefundInput['event'], { type: 'failed' }>
  readonly cause: Cause
  readonly at: Date
}

/** `held`: refunds under way hold its room; it is noted and booked when the gateway has told what became of those. */
export type AdoptOutcome = 'changed' | 'repeated' | 'contradiction' | 'held'

type Deps = { readonly ids: Ids }

/**
 * Books a refund that was not asked for here, inside the caller's transaction. What the gateway has done is a fact; but
 * where others hold its room it has to wait for them, and where more would have gone back than was paid it can't be
 * booked at all. A person is told of both.
 */
export const adoptRefund =
  (deps: Deps) =>
  async (repositories: Repositories, input: AdoptRefundInput): Promise<Result<AdoptOutcome, WriteConflict>> => {
    const { payment, number, amount, event, cause, at } = input
    const { id: paymentId, orderId } = payment.value
    // All who adopt for one payment meet here, so that none of them books what another is just booking.
    if (!(await repositories.payments.replace(payment, payment.value, at))) return err(WRITE_CONFLICT)
    const room = await makeRoom(repositories, payment.value, { refundNo: undefined, amount }, cause, at)
    if (room.isErr()) return err(room.error)
    if (room.value === 'held') return hold(deps, repositories, input)
    if (room.value === 'none') return refuse(deps, repositories, input)
    const refund = await newRefund(deps, repositories, input)
    if (!(await repositories.refunds.insert(refund))) return err(WRITE_CONFLICT)
    const { refundNo } = refund
    await repositories.refundClues.end({ paymentId, number, amount, refundNo, createdAt: at })
    const requested = { type: 'refund.requested', refundNo, orderId, paymentId, at } as const
    await repositories.outbox.append({ stream: orderId, events: [requested], cause, at })
    const settled = await settleRefund(deps)(repositories, { refundNo, event, cause, at })
    if (settled.isErr()) return err(settled.error)
    // One that is only under way has ended nothing, and yet it holds its room from now on.
    const followed = event.type === 'succeeded' ? ok(undefined) : await followRefunds(deps)(repositories, refund, at)
    if (followed.isErr()) return err(followed.error)
    await repositories.outbox.append({ stream: orderId, events: followed.value ?? [], cause, at })
    return ok('changed')
  }

/** A number others chose can be taken here, or be none that ours can be. */
const newRefund = async (
  { ids }: Deps,
  { refunds }: Repositories,
  { payment, number, amount, at }: AdoptRefundInput,
): Promise<Refund> => {
  const { id: paymentId, orderId, userId, provider, currency } = payment.value
  const isFree = number !== undefined && REFUND_NO.test(number) && (await refunds.find(number)) === undefined
  return {
    refundNo: isFree ? number : ids.refundNo(at),
    orderId,
    paymentId,
    userId,
    provider,
    amount,
    currency,
    reason: '支付平台后台退款',
    requestedBy: 'gateway',
    createdAt: at,
    status: 'processing',
    refundId: undefined,
    abnormal: false,
  }
}

const REFUND_NO = /^[0-9A-Za-z_\-|*@]{1,64}$/

const hold = async (
  deps: Deps,
  repositories: Repositories,
  input: AdoptRefundInput,
): Promise<Result<AdoptOutcome, never>> => {
  const { payment, number, amount, at } = input
  const clue = { paymentId: payment.value.id, number, amount, refundNo: undefined, createdAt: at }
  if (await repositories.refundClues.insert(clue)) await reportContradiction(deps, repositories, input)
  return ok('held')
}

/** More cannot have gone back than was paid, unless a part was booked before under no number of its own. */
const refuse = async (
  deps: Deps,
  repositories: Repositories,
  input: AdoptRefundInput,
): Promise<Result<AdoptOutcome, never>> => {
  const { payment, number, amount, at } = input
  const { id: paymentId } = payment.value
  const unnamed = await repositories.refundClues.find(paymentId, undefined)
  await repositories.refundClues.end({ paymentId, number, amount, refundNo: unnamed?.refundNo, createdAt: at })
  if (unnamed?.refundNo !== undefined) return ok('repeated')
  await reportContradiction(deps, repositories, input)
  return ok('contradiction')
}

const reportContradiction = async (
  { ids }: Deps,
  { incidents, refunds }: Repositories,
  { payment, number, amount, at }: AdoptRefundInput,
): Promise<void> => {
  const { id, provider, outTradeNo, orderId, amount: paidFen } = payment.value
  const { returned, reserved } = refundTotals((await refunds.listByPayment(id)).map(({ value }) => value))
  const sums = { paidFen, returnedFen: returned, heldFen: reserved }
  const evidence = { gatewayNumber: number ?? '', amountFen: amount, ...sums }
  const facts = { id: ids.entity(), kind: 'contradiction', provider, outTradeNo, orderId } as const
  await incidents.report({ ...facts, evidence, subject: outTradeNo, at })
}
