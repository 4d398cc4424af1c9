import { err, type Result } from 'neverthrow'
import type { Cause } from '../../domain/event.ts'
import { addFen } from '../../domain/money.ts'
import { refundedOf } from '../../domain/payment.ts'
import { pointsBack, postPoints } from '../../domain/points.ts'
import type { Refund } from '../../domain/refund.ts'
import type { Ids } from '../ids.ts'
import { type Repositories, WRITE_CONFLICT, type WriteConflict } from '../transaction.ts'
import { settleRefund } from './settle-refund.ts'

/** Gives back the points that paid for an order, and books the refund as done: the ledger is its own gateway. */
export const returnPoints =
  (deps: { readonly ids: Ids }) =>
  async (
    repositories: Repositories,
    { refundNo, paymentId, orderId, userId, amount }: Refund,
    cause: Cause,
    at: Date,
  ): Promise<Result<void, WriteConflict>> => {
    const { payments, points, outbox } = repositories
    const payment = (await payments.find(paymentId))?.value
    const spent = await points.posted({ type: 'payment', id: paymentId }, 'spend')
    if (payment === undefined || spent === undefined) throw new Error(`payment ${paymentId} took no points`)
    const before = refundedOf(payment)
    const after = addFen(before, amount)
    const delta = pointsBack(-spent.delta, { amount: payment.amount, before, after })
    if (delta > 0) {
      const source = { type: 'refund', id: refundNo } as const
      const account = await points.account(userId)
      const posting = { id: deps.ids.entity(), userId, kind: 'spend_refund', delta, source, createdAt: at } as const
      const posted = postPoints(account.value, posting)
      if (posted.isErr()) throw new Error(`refund ${refundNo} can't give points back: ${posted.error.code}`)
      const [credited, entry, events] = posted.value
      const outcome = await points.post(account, credited, entry)
      if (outcome === 'repeated') throw new Error(`refund ${refundNo} gave its points back before`)
      if (outcome === 'conflict') return err(WRITE_CONFLICT)
      await outbox.append({ stream: orderId, events, cause, at })
    }
    const event = { type: 'succeeded', refundId: undefined, amount, at } as const
    const settled = await settleRefund(deps)(repositories, { refundNo, event, cause, at })
    return settled.map(() => undefined)
  }
