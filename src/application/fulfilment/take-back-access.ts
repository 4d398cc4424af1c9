import { err, ok, type Result } from 'neverthrow'
import { closeGap, type Entitlement, revokeAccess } from '../../domain/entitlement.ts'
import type { DomainEvent } from '../../domain/event.ts'
import { type Repositories, WRITE_CONFLICT, type WriteConflict } from '../transaction.ts'
import { lineId } from './line-id.ts'

type Stores = Pick<Repositories, 'accessCodes' | 'entitlements'>
type TakenBack = Result<readonly DomainEvent[], WriteConflict>

/** Ends the access that an order's lines and codes gave, whoever has it; periods that would have followed move up. */
export const takeBackAccess = async (
  stores: Stores,
  orderId: string,
  lines: readonly number[],
  at: Date,
): Promise<TakenBack> => {
  const given = await grantedBy(stores, orderId, lines)
  const events: DomainEvent[] = []
  for (const entitlement of given) {
    const [revoked, revokedEvents] = revokeAccess(entitlement, at)
    if (revoked === entitlement) continue
    if (!(await stores.entitlements.revoke(entitlement.id, at))) return err(WRITE_CONFLICT)
    events.push(...revokedEvents)
  }
  const ends = new Map(given.map(({ userId, productId }) => [`${productId}:${userId}`, { userId, productId }]))
  for (const { userId, productId } of ends.values()) {
    const moved = await moveUp(stores, userId, productId, at)
    if (moved.isErr()) return err(moved.error)
    events.push(...moved.value)
  }
  return ok(events)
}

const grantedBy = async (
  { accessCodes, entitlements }: Stores,
  orderId: string,
  lines: readonly number[],
): Promise<readonly Entitlement[]> => {
  const codes = (await accessCodes.listByOrder(orderId)).map(
    ({ code }) => ({ type: 'access_code', id: code.id }) as const,
  )
  const sources = [...lines.map((line) => ({ type: 'order_line', id: lineId(orderId, line) }) as const), ...codes]
  const given: Entitlement[] = []
  for (const source of sources) {
    const entitlement = await entitlements.findBySource(source)
    if (entitlement !== undefined) given.push(entitlement)
  }
  return given
}

const moveUp = async ({ entitlements }: Stores, userId: string, productId: string, at: Date): Promise<TakenBack> => {
  const events: DomainEvent[] = []
  for (const { before, after } of closeGap(await entitlements.listByUser(userId, productId), at)) {
    if (!(await entitlements.move(before, after))) return err(WRITE_CONFLICT)
    events.push({ type: 'access.moved', entitlementId: before.id, at })
  }
  return ok(events)
}
