import { err, ok, type Result } from 'neverthrow'
import type { DomainEvent } from '../../domain/event.ts'
import {
  type Delivery,
  deliveriesOf,
  deliveryStatus,
  type FulfilmentRecord,
  moveDelivery,
} from '../../domain/fulfilment.ts'
import type { Fen } from '../../domain/money.ts'
import type { Order } from '../../domain/order.ts'
import type { Ids } from '../ids.ts'
import { type Repositories, WRITE_CONFLICT, type WriteConflict } from '../transaction.ts'
import { moveCodes } from './move-codes.ts'
import { type PointsAlreadySpent, planPoints, postPlan } from './move-points.ts'
import { restoreGoods } from './restore-goods.ts'
import { takeBackAccess } from './take-back-access.ts'

export type SyncDeliveryInput = {
  /** As it is after the change. */
  readonly order: Order
  /** What has gone back of the payment that funds it. */
  readonly returned: Fen
  /** What refunds of it that wait or are under way hold. */
  readonly reserved: Fen
  /** For what a gateway has done already: points that were spent stay spent and are told, instead of refusing. */
  readonly mayFallShort: boolean
}

/** `shortfall`: points that had to be taken back and could not. */
export type SyncedDelivery = { readonly events: readonly DomainEvent[]; readonly shortfall: number }

export type SyncDeliveryError = WriteConflict | PointsAlreadySpent

type Deps = { readonly ids: Ids }
type Move = { readonly delivery: Delivery; readonly before: FulfilmentRecord; readonly after: FulfilmentRecord }

/**
 * Brings what an order has delivered to where its refunds have come, inside the caller's transaction: delivered, held
 * while a refund of all of it is under way, or taken back. Repeats change nothing; what was never delivered stays so.
 */
export const syncDelivery =
  (deps: Deps) =>
  async (
    repositories: Repositories,
    input: SyncDeliveryInput,
    at: Date,
  ): Promise<Result<SyncedDelivery, SyncDeliveryError>> => {
    const { order, returned, reserved } = input
    const status = deliveryStatus(order.amount, returned, reserved)
    const deliveries = deliveriesOf(order.items)
    const moves = (await repositories.fulfilments.listByOrder(order.id)).flatMap((before): readonly Move[] => {
      const delivery = deliveries[before.line]
      const after = moveDelivery(before, status, at)
      return delivery === undefined || after === undefined ? [] : [{ delivery, before, after }]
    })
    const lines = await moveLines(deps, repositories, input, moves, at)
    if (lines.isErr()) return err(lines.error)
    const rest = await moveRest(deps, repositories, order, moves, at)
    if (rest.isErr()) return err(rest.error)
    return ok({ events: [...lines.value.events, ...rest.value], shortfall: lines.value.shortfall })
  }

/** Whoever moves a line first may act on it; a second writer is sent back to read again. */
const moveLines = async (
  deps: Deps,
  { fulfilments, points }: Repositories,
  { order, mayFallShort }: SyncDeliveryInput,
  moves: readonly Move[],
  at: Date,
): Promise<Result<SyncedDelivery, SyncDeliveryError>> => {
  const events: DomainEvent[] = []
  let shortfall = 0
  for (const { delivery, before, after } of moves) {
    const account = await points.account(order.userId)
    const plan = planPoints(account, delivery, after, mayFallShort)
    if (plan.isErr()) return err(plan.error)
    if (!(await fulfilments.replace(before, plan.value.record))) return err(WRITE_CONFLICT)
    const posted = await postPlan(deps, points, plan.value, at)
    if (posted.isErr()) return err(posted.error)
    events.push(...posted.value)
    shortfall += plan.value.shortfall
  }
  return ok({ events, shortfall })
}

/** What an order delivers as a whole and not line by line. All lines of one order move together. */
const moveRest = async (
  deps: Deps,
  repositories: Repositories,
  order: Order,
  moves: readonly Move[],
  at: Date,
): Promise<Result<readonly DomainEvent[], WriteConflict>> => {
  const [first] = moves
  if (first === undefined) return ok([])
  const { status } = first.after
  const codes = await moveCodes(repositories, order.id, status, at)
  if (codes.isErr() || status !== 'taken_back') return codes
  const restored = await restoreGoods(deps, repositories, order.id, at)
  if (restored.isErr()) return err(restored.error)
  const lines = moves.filter(({ delivery }) => delivery.type === 'grant').map(({ delivery }) => delivery.line)
  const access = await takeBackAccess(repositories, order.id, lines, at)
  return access.map((events) => [...codes.value, ...events])
}
