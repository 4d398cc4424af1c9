import { err, ok, type Result } from 'neverthrow'
import type { Cause } from '../../domain/event.ts'
import type { Fen } from '../../domain/money.ts'
import type { Payment } from '../../domain/payment.ts'
import { refundTotals, transitionRefund } from '../../domain/refund.ts'
import { type Repositories, WRITE_CONFLICT, type WriteConflict } from '../transaction.ts'

/** `held`: refunds under way hold it, of which not all can come about. `none`: more would have gone back than was paid. */
export type Room = 'free' | 'held' | 'none'

type Wanted = {
  /** Where it is on the books already. */
  readonly refundNo: string | undefined
  readonly amount: Fen
}

/**
 * Finds room for money that a gateway has given back already, inside the caller's transaction. Refunds that nobody has
 * approved yet make way for it; those under way can't, since only the gateway knows what became of them.
 */
export const makeRoom = async (
  { refunds, outbox }: Pick<Repositories, 'refunds' | 'outbox'>,
  { id, orderId, amount: paid }: Payment,
  wanted: Wanted,
  cause: Cause,
  at: Date,
): Promise<Result<Room, WriteConflict>> => {
  const others = (await refunds.listByPayment(id)).filter(({ value }) => value.refundNo !== wanted.refundNo)
  const underWay = others.filter(({ value }) => value.status === 'processing' || value.status === 'success')
  const { returned, reserved } = refundTotals(underWay.map(({ value }) => value))
  if (returned + wanted.amount > paid) return ok('none')
  if (returned + wanted.amount + reserved > paid) return ok('held')
  const waiting = others.filter(({ value }) => value.status === 'pending')
  let taken = returned + wanted.amount + reserved
  for (const before of waiting) {
    taken += before.value.amount
    if (taken <= paid) continue
    const rejected = transitionRefund(before.value, { type: 'rejected', reason: '款项已在支付平台退回', at })
    if (rejected.isErr()) throw new Error(`refund ${before.value.refundNo} can't make way: ${rejected.error.code}`)
    const [cancelled, events] = rejected.value
    if (!(await refunds.replace(before, cancelled, at))) return err(WRITE_CONFLICT)
    await outbox.append({ stream: orderId, events, cause, at })
    taken -= before.value.amount
  }
  return ok('free')
}
