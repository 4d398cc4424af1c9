import { err, ok, type Result } from 'neverthrow'
import type { DomainEvent } from '../../domain/event.ts'
import type { Delivery, FulfilmentRecord } from '../../domain/fulfilment.ts'
import { type PointsAccount, postPoints } from '../../domain/points.ts'
import type { Ids } from '../ids.ts'
import type { PointsRepository } from '../points/points-repository.ts'
import { WRITE_CONFLICT, type WriteConflict } from '../transaction.ts'
import type { Versioned } from '../versioned.ts'
import { lineId } from './line-id.ts'

export type PointsAlreadySpent = { readonly code: 'POINTS_ALREADY_SPENT' }

/** What a moved delivery does to its buyer's points: `delta` is posted once, under the round of the record. */
export type PointsPlan = {
  readonly account: Versioned<PointsAccount>
  readonly record: FulfilmentRecord
  readonly delta: number
  readonly shortfall: number
}

/** Holding and taking back take out all that the line credited, once; giving free credits what was taken out. */
export const planPoints = (
  account: Versioned<PointsAccount>,
  delivery: Delivery,
  record: FulfilmentRecord,
  mayFallShort: boolean,
): Result<PointsPlan, PointsAlreadySpent> => {
  const granted = delivery.type === 'points' ? delivery.points + delivery.bonusPoints : 0
  const { withheld: before, status } = record
  const missing = status === 'delivered' ? 0 : granted - before
  if (missing > account.value.balance && !mayFallShort) return err({ code: 'POINTS_ALREADY_SPENT' })
  const withheld = status === 'delivered' ? 0 : before + Math.min(missing, account.value.balance)
  return ok({
    account,
    record: { ...record, withheld },
    delta: before - withheld,
    shortfall: status === 'taken_back' ? granted - withheld : 0,
  })
}

/** Writes the plan into the ledger. */
export const postPlan = async (
  { ids }: { readonly ids: Ids },
  points: PointsRepository,
  { account, record, delta }: PointsPlan,
  at: Date,
): Promise<Result<readonly DomainEvent[], WriteConflict>> => {
  if (delta === 0) return ok([])
  const source = { type: 'order_line', id: `${lineId(record.orderId, record.line)}:${record.round}` } as const
  const { userId } = account.value
  const posted = postPoints(account.value, {
    id: ids.entity(),
    userId,
    kind: 'take_back',
    delta,
    source,
    createdAt: at,
  })
  if (posted.isErr()) throw new Error(`points of order ${record.orderId} can't be moved: ${posted.error.code}`)
  const [after, entry, events] = posted.value
  switch (await points.post(account, after, entry)) {
    case 'posted':
      return ok(events)
    case 'conflict':
      return err(WRITE_CONFLICT)
    case 'repeated':
      throw new Error(`round ${record.round} of order ${record.orderId} was posted before`)
  }
}
