import { err, ok, type Result } from 'neverthrow'
import type { Cause } from '../../domain/event.ts'
import type { Refund } from '../../domain/refund.ts'
import type { Ids } from '../ids.ts'
import type { SyncDeliveryError } from '../fulfilment/sync-delivery.ts'
import type { Repositories } from '../transaction.ts'
import { followRequest } from './follow-request.ts'
import { returnPoints } from './return-points.ts'

type Start = {
  readonly cause: Cause
  /** The step of sending that the caller is about to take. */
  readonly turn: number
  readonly at: Date
}

/**
 * What follows in the same transaction once a refund was written by somebody who wants it to go on: what was delivered
 * follows it, points go back at once, and money is the caller's to send after the commit, leased so that the jobs do not do it too.
 */
export const startRefund =
  (deps: { readonly ids: Ids; readonly leaseMs: number }) =>
  async (
    repositories: Repositories,
    refund: Refund,
    { cause, turn, at }: Start,
  ): Promise<Result<'send' | 'done', SyncDeliveryError>> => {
    const followed = await followRequest(deps)(repositories, refund, cause, at)
    if (followed.isErr()) return err(followed.error)
    if (refund.status !== 'processing') return ok('done')
    if (refund.provider === 'points')
      return (await returnPoints(deps)(repositories, refund, cause, at)).map(() => 'done')
    await repositories.refunds.lease(refund.refundNo, new Date(at.getTime() + deps.leaseMs), turn)
    return ok('send')
  }
