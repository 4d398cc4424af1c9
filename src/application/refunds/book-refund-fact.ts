import { err, ok, type Result } from 'neverthrow'
import type { Cause } from '../../domain/event.ts'
import type { Fen } from '../../domain/money.ts'
import type { Payment } from '../../domain/payment.ts'
import type { Refund } from '../../domain/refund.ts'
import type { Ids } from '../ids.ts'
import type { Readers, Repositories, WriteConflict } from '../transaction.ts'
import type { Versioned } from '../versioned.ts'
import { adoptRefund } from './adopt-refund.ts'
import { type SettleRefundInput, settleRefund } from './settle-refund.ts'

type Stores = Pick<Readers, 'refunds' | 'refundClues'>

/** The refund of a payment that the gateway has under this number: ours, or one that was made elsewhere and booked. */
export const findNamed = async (
  { refunds, refundClues }: Stores,
  paymentId: string,
  number: string | undefined,
): Promise<Versioned<Refund> | undefined> => {
  const ours = number === undefined ? undefined : await refunds.find(number)
  if (ours?.value.paymentId === paymentId) return ours
  const clue = await refundClues.find(paymentId, number)
  return clue?.refundNo === undefined ? undefined : refunds.find(clue.refundNo)
}

export type RefundFactInput = {
  /** A paid one. */
  readonly payment: Versioned<Payment>
  readonly number: string | undefined
  /** Of this refund alone; undefined where it was not told. */
  readonly amount: Fen | undefined
  readonly event: SettleRefundInput['event']
  readonly cause: Cause
  readonly at: Date
}

/**
 * `held`: refunds under way hold its room, and it is noted. Of one that was made elsewhere, `untold`: its amount is not
 * known yet, and `nothing`: no money moves.
 */
export type RefundFactOutcome = 'changed' | 'repeated' | 'contradiction' | 'held' | 'untold' | 'nothing'

type Deps = { readonly ids: Ids }

/** Books what a gateway states of a refund, whoever made it, inside the caller's transaction. */
export const bookRefundFact =
  (deps: Deps) =>
  async (repositories: Repositories, input: RefundFactInput): Promise<Result<RefundFactOutcome, WriteConflict>> => {
    const { payment, number, amount, event, cause, at } = input
    const known = await findNamed(repositories, payment.value.id, number)
    if (known !== undefined) {
      const settled = await settleRefund(deps)(repositories, { refundNo: known.value.refundNo, event, cause, at })
      if (settled.isErr()) return err(settled.error)
      if (settled.value === 'unknown_refund') throw new Error(`refund ${known.value.refundNo} is gone`)
      return ok(settled.value)
    }
    if (event.type === 'failed') return ok('nothing')
    return amount === undefined ? ok('untold') : adoptRefund(deps)(repositories, { ...input, amount, event })
  }
