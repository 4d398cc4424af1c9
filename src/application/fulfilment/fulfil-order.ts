import { err, ok, type Result } from 'neverthrow'
import { type AccessCode, codeFromRandom } from '../../domain/access-code.ts'
import { grantAccess } from '../../domain/entitlement.ts'
import type { DomainEvent } from '../../domain/event.ts'
import { type Delivery, deliveriesOf, type FulfilmentRecord } from '../../domain/fulfilment.ts'
import type { Order } from '../../domain/order.ts'
import { type PointsEntryKind, postPoints } from '../../domain/points.ts'
import { moveReservation } from '../../domain/stock.ts'
import type { Ids } from '../ids.ts'
import type { Randomness } from '../randomness.ts'
import { type Repositories, WRITE_CONFLICT, type WriteConflict } from '../transaction.ts'
import { lineId } from './line-id.ts'

export type FulfilError = WriteConflict | { readonly code: 'OUT_OF_STOCK'; readonly sku: string }

type Deps = { readonly ids: Ids; readonly randomness: Randomness }
type Delivered = Result<readonly DomainEvent[], FulfilError>
type Kind<T extends Delivery['type']> = Extract<Delivery, { type: T }>

/** Delivers what a paid order bought, inside the transaction that paid it; an order delivered before gives no events. */
export const fulfilOrder =
  (deps: Deps) =>
  async (repositories: Repositories, order: Order, at: Date): Promise<Delivered> => {
    const deliveries = deliveriesOf(order.items)
    const records = deliveries.map(
      ({ line, type }): FulfilmentRecord => ({
        orderId: order.id,
        line,
        kind: type,
        status: 'delivered',
        deliveredAt: at,
        takenBackAt: undefined,
        round: 0,
        withheld: 0,
      }),
    )
    if (!(await repositories.fulfilments.insert(records))) return ok([])
    const events: DomainEvent[] = []
    for (const delivery of deliveries) {
      const delivered = await deliver(deps, repositories, order, delivery, at)
      if (delivered.isErr()) return delivered
      events.push(...delivered.value)
    }
    const sold = await sellGoods(deps, repositories, order, at)
    return sold.isErr() ? err(sold.error) : ok(events)
  }

const deliver = (
  deps: Deps,
  repositories: Repositories,
  order: Order,
  delivery: Delivery,
  at: Date,
): Promise<Delivered> => {
  switch (delivery.type) {
    case 'grant':
      return grant(deps, repositories, order, delivery, at)
    case 'codes':
      return issueCodes(deps, repositories, order, delivery, at)
    case 'points':
      return creditPoints(deps, repositories, order, delivery, at)
    case 'goods':
      return Promise.resolve(ok([])) // Sold once for all lines of the order, below.
  }
}

const grant = async (
  { ids }: Deps,
  { entitlements }: Repositories,
  order: Order,
  delivery: Kind<'grant'>,
  at: Date,
): Promise<Delivered> => {
  const { productId, validityDays } = delivery
  const entitlement = grantAccess(
    {
      id: ids.entity(),
      userId: order.userId,
      productId,
      source: { type: 'order_line', id: lineId(order.id, delivery.line) },
      validityDays,
      at,
    },
    await entitlements.listByUser(order.userId, productId),
  )
  const granted = await entitlements.insert(entitlement)
  return ok(granted ? [{ type: 'access.granted', entitlementId: entitlement.id, at }] : [])
}

const issueCodes = async (
  { ids, randomness }: Deps,
  { accessCodes }: Repositories,
  order: Order,
  delivery: Kind<'codes'>,
  at: Date,
): Promise<Delivered> => {
  const issued = Array.from({ length: delivery.count }, () => {
    const code: AccessCode = {
      id: ids.entity(),
      productId: delivery.productId,
      validityDays: delivery.validityDays,
      origin: { type: 'order', orderId: order.id, userId: order.userId },
      expiresAt: undefined,
      createdAt: at,
      status: 'available',
    }
    return { code, text: codeFromRandom(randomness.bytes(16)) }
  })
  await accessCodes.insert(issued)
  return ok(issued.map(({ code }) => ({ type: 'access_code.issued', codeId: code.id, at })))
}

const creditPoints = async (
  { ids }: Deps,
  { points }: Repositories,
  order: Order,
  delivery: Kind<'points'>,
  at: Date,
): Promise<Delivered> => {
  const credits: readonly (readonly [PointsEntryKind, number])[] = [
    ['purchase', delivery.points],
    ['bonus', delivery.bonusPoints],
  ]
  const events: DomainEvent[] = []
  for (const [kind, delta] of credits) {
    if (delta === 0) continue
    const before = await points.account(order.userId)
    const source = { type: 'order_line', id: lineId(order.id, delivery.line) } as const
    const posting = { id: ids.entity(), userId: order.userId, kind, delta, source, createdAt: at }
    const posted = postPoints(before.value, posting)
    if (posted.isErr()) throw new Error(`points of order ${order.id} can't be credited: ${posted.error.code}`)
    const [account, entry, pointsEvents] = posted.value
    const written = await points.post(before, account, entry)
    if (written === 'conflict') return err(WRITE_CONFLICT)
    if (written === 'posted') events.push(...pointsEvents)
  }
  return ok(events)
}

const sellGoods = async (
  { ids }: Deps,
  { stock }: Repositories,
  order: Order,
  at: Date,
): Promise<Result<void, FulfilError>> => {
  if (!order.items.some((item) => item.fulfilment.type === 'goods')) return ok(undefined)
  for (const reservation of await stock.reservationsOf(order.id)) {
    const { sku, quantity } = reservation
    const before = await stock.find(sku)
    const moved = moveReservation(before.value, reservation, 'sell')
    if (moved.isErr()) {
      if (moved.error.code === 'OUT_OF_STOCK') return err({ code: 'OUT_OF_STOCK', sku })
      throw new Error(`goods of order ${order.id} can't be sold: reservation ${moved.error.status}`)
    }
    const [after, sold] = moved.value
    const written = await stock.replace(before, after, at)
    if (!written || !(await stock.replaceReservation(reservation, sold, at))) return err(WRITE_CONFLICT)
    const entry = { id: ids.entity(), sku, kind: 'sale', delta: -quantity, orderId: order.id } as const
    await stock.append({ ...entry, actor: 'system', reason: 'order paid', createdAt: at })
  }
  return ok(undefined)
}
