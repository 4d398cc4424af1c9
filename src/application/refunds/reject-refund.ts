import { err, ok, type Result } from 'neverthrow'
import { type Refund, transitionRefund } from '../../domain/refund.ts'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import {
  type Readers,
  type Repositories,
  type Transaction,
  WRITE_CONFLICT,
  type WriteConflict,
} from '../transaction.ts'
import type { Versioned } from '../versioned.ts'
import { type Decision, isAbnormal, writeDecision } from './decide-refund.ts'
import { storedRefund } from './find-refund.ts'
import { followRequest } from './follow-request.ts'
import type { RefreshRefund } from './send-refund.ts'
import { settleRefund } from './settle-refund.ts'

export type RejectRefundError =
  | { readonly code: 'REFUND_NOT_FOUND' }
  | { readonly code: 'ORDER_NOT_REFUNDABLE' }
  /** Giving up an abnormal refund is a statement about money: it needs to be written down why. */
  | { readonly code: 'REASON_REQUIRED' }
  /** What became of it is to be known before it is given up. */
  | { readonly code: 'GATEWAY_UNAVAILABLE' }

type Deps = {
  readonly transaction: Transaction
  readonly readers: Pick<Readers, 'refunds'>
  readonly clock: Clock
  readonly ids: Ids
  readonly refreshRefund: RefreshRefund
}

type Rejected = Result<Versioned<Refund>, RejectRefundError>

/**
 * Turns down a refund that waits for approval; its room is free again. An abnormal one is given up instead, with a
 * reason, after the gateway has said once more that no money moved.
 */
export const rejectRefund =
  (deps: Deps) =>
  async (decision: Decision): Promise<Rejected> => {
    const refund = (await deps.readers.refunds.find(decision.refundNo))?.value
    if (refund === undefined) return err({ code: 'REFUND_NOT_FOUND' })
    if (isAbnormal(refund)) {
      if (decision.operator.reason === undefined) return err({ code: 'REASON_REQUIRED' })
      if ((await deps.refreshRefund(refund)) === 'unknown') return err({ code: 'GATEWAY_UNAVAILABLE' })
    }
    const rejected = await deps.transaction.run((repositories) => reject(deps, repositories, decision))
    return rejected.isErr() ? err(rejected.error) : ok(await storedRefund(deps.readers, decision.refundNo))
  }

const reject = async (
  deps: Deps,
  repositories: Repositories,
  decision: Decision,
): Promise<Result<void, RejectRefundError | WriteConflict>> => {
  const before = await repositories.refunds.find(decision.refundNo)
  if (before === undefined) return err({ code: 'REFUND_NOT_FOUND' })
  if (await repositories.audit.has(decision.actionId)) return ok(undefined)
  if (isAbnormal(before.value)) return giveUp(deps, repositories, before.value, decision)
  return before.value.status === 'pending'
    ? turnDown(deps, repositories, before, decision)
    : err({ code: 'ORDER_NOT_REFUNDABLE' })
}

const turnDown = async (
  deps: Deps,
  repositories: Repositories,
  before: Versioned<Refund>,
  decision: Decision,
): Promise<Result<void, RejectRefundError | WriteConflict>> => {
  const at = deps.clock.now()
  const moved = transitionRefund(before.value, {
    type: 'rejected',
    reason: decision.operator.reason ?? '审核未通过',
    at,
  })
  if (moved.isErr()) return err({ code: 'ORDER_NOT_REFUNDABLE' })
  const payment = await repositories.payments.find(before.value.paymentId)
  if (payment === undefined) throw new Error(`refund ${decision.refundNo} of no payment`)
  // Written so that nobody who is just counting what is left of it goes by a sum that is over.
  if (!(await repositories.payments.replace(payment, payment.value, at))) return err(WRITE_CONFLICT)
  const named = { ...decision, action: 'refund.reject' }
  const written = await writeDecision(repositories, before, moved.value, named, at)
  if (written.isErr()) return err(written.error)
  const cause = { kind: 'admin', actor: decision.operator.actor } as const
  const followed = await followRequest(deps)(repositories, moved.value[0], cause, at)
  if (followed.isOk() || followed.error.code === 'WRITE_CONFLICT') return followed.mapErr(() => WRITE_CONFLICT)
  throw new Error(`refund ${decision.refundNo} gives points free and needs more of them`)
}

const giveUp = async (
  deps: Deps,
  repositories: Repositories,
  before: Refund,
  { refundNo, operator, actionId }: Decision,
): Promise<Result<void, RejectRefundError | WriteConflict>> => {
  const { actor, reason } = operator
  if (reason === undefined) return err({ code: 'REASON_REQUIRED' })
  const at = deps.clock.now()
  const cause = { kind: 'admin', actor } as const
  const settled = await settleRefund(deps)(repositories, { refundNo, event: { type: 'failed', reason, at }, cause, at })
  if (settled.isErr()) return err(settled.error)
  const after = (await repositories.refunds.find(refundNo))?.value
  const entry = { action: 'refund.give_up', subject: refundNo, before, after }
  await repositories.audit.append({ ...operator, reason, ...entry, id: actionId, at })
  return ok(undefined)
}
