import { err, ok, type Result } from 'neverthrow'
import { parseNetwork } from '../../domain/network.ts'
import { BLACKLISTED, type RiskDecision } from '../../domain/risk.ts'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { Readers } from '../transaction.ts'
import { type NoteRefusal, type RiskDenied, riskDenied } from './refusals.ts'

/** Who wants to do what, from where. */
export type Attempt = Pick<RiskDecision, 'action' | 'userId' | 'orderId'> & { readonly address: string }

export type AdmitAddress = (attempt: Attempt) => Promise<Result<void, RiskDenied>>

type Deps = {
  readonly readers: Pick<Readers, 'blacklist'>
  readonly clock: Clock
  readonly ids: Ids
  readonly noteRefusal: NoteRefusal
}

/** Turns away whoever comes from an address on the blacklist, before anything else is looked at. */
export const admitAddress =
  ({ readers, clock, ids, noteRefusal }: Deps): AdmitAddress =>
  async (attempt) => {
    const address = parseNetwork(attempt.address)
    if (address === undefined) return ok(undefined)
    const at = clock.now()
    const entry = await readers.blacklist.covering(address, at)
    if (entry === undefined) return ok(undefined)
    const denied = riskDenied({ ...attempt, ...BLACKLISTED, id: ids.entity(), at }, entry.id)
    await noteRefusal(denied)
    return err(denied)
  }
