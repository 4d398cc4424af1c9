import { err, ok, type Result } from 'neverthrow'
import { type AccessCodeEvent, transitionAccessCode } from '../../domain/access-code.ts'
import type { DomainEvent } from '../../domain/event.ts'
import type { DeliveryStatus } from '../../domain/fulfilment.ts'
import { type Repositories, WRITE_CONFLICT, type WriteConflict } from '../transaction.ts'

/**
 * Freezes, frees or revokes the unused codes an order bought; used, lapsed and revoked ones stay as they are. Each is
 * written under the version it was read at, so an activation at the same moment comes wholly before or wholly after.
 */
export const moveCodes = async (
  { accessCodes }: Pick<Repositories, 'accessCodes'>,
  orderId: string,
  status: DeliveryStatus,
  at: Date,
): Promise<Result<readonly DomainEvent[], WriteConflict>> => {
  const events: DomainEvent[] = []
  for (const { code } of await accessCodes.listByOrder(orderId)) {
    const before = await accessCodes.find(code.id)
    if (before === undefined) throw new Error(`code ${code.id} is gone`)
    const moved = transitionAccessCode(before.value, { type: EVENTS[status], at })
    if (moved.isErr() || moved.value[1].length === 0) continue
    const [after, codeEvents] = moved.value
    if (!(await accessCodes.replace(before, after, at))) return err(WRITE_CONFLICT)
    events.push(...codeEvents)
  }
  return ok(events)
}

const EVENTS = {
  delivered: 'unfrozen',
  held: 'frozen',
  taken_back: 'revoked',
} as const satisfies Record<DeliveryStatus, AccessCodeEvent['type']>
