import { err, ok, type Result } from 'neverthrow'
import { isTooWide, parseNetwork } from '../../domain/network.ts'
import type { Operator } from '../catalogue/maintain-catalogue.ts'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import { type Transaction, WRITE_CONFLICT, type WriteConflict } from '../transaction.ts'
import type { BlacklistEntry } from './blacklist.ts'

export type BlacklistDraft = {
  /** An address, or a network in CIDR notation. */
  readonly address: string
  readonly reason: string
  readonly expiresAt: Date | undefined
}

export type BlacklistError =
  | { readonly code: 'NOT_A_NETWORK' }
  /** It would turn away a good part of the internet. */
  | { readonly code: 'NETWORK_TOO_WIDE' }
  | { readonly code: 'EXPIRED_ALREADY' }

type Deps = { readonly transaction: Transaction; readonly clock: Clock; readonly ids: Ids }

/** Puts a network on the blacklist; one that is there gets the new reason and end. */
export const putOnBlacklist =
  ({ transaction, clock, ids }: Deps) =>
  async (id: string, draft: BlacklistDraft, operator: Operator): Promise<Result<BlacklistEntry, BlacklistError>> => {
    const network = parseNetwork(draft.address)
    if (network === undefined) return err({ code: 'NOT_A_NETWORK' })
    if (isTooWide(network)) return err({ code: 'NETWORK_TOO_WIDE' })
    const at = clock.now()
    if (draft.expiresAt !== undefined && draft.expiresAt <= at) return err({ code: 'EXPIRED_ALREADY' })
    return transaction.run(async ({ blacklist, audit }): Promise<Result<BlacklistEntry, WriteConflict>> => {
      const before = await blacklist.findSame(network)
      const { reason, expiresAt } = draft
      const fresh = { id, address: draft.address, network, createdBy: operator.actor, createdAt: at }
      const after: BlacklistEntry = { ...(before ?? fresh), reason, expiresAt }
      const written = before === undefined ? await blacklist.insert(after) : await blacklist.replace(after)
      if (!written) return err(WRITE_CONFLICT)
      const entry = { action: 'risk.blacklist', subject: after.id, before, after }
      await audit.append({ ...operator, ...entry, reason, id: ids.entity(), at })
      return ok(after)
    })
  }

/** Takes an entry off the blacklist and gives what it was. */
export const takeOffBlacklist =
  ({ transaction, clock, ids }: Deps) =>
  (id: string, operator: Operator): Promise<Result<BlacklistEntry, { readonly code: 'NOT_FOUND' }>> =>
    transaction.run(async ({ blacklist, audit }): Promise<Result<BlacklistEntry, { readonly code: 'NOT_FOUND' }>> => {
      const before = await blacklist.find(id)
      if (before === undefined || !(await blacklist.remove(id))) return err({ code: 'NOT_FOUND' })
      const entry = { action: 'risk.unblacklist', subject: id, reason: operator.reason, before, after: undefined }
      await audit.append({ ...operator, ...entry, id: ids.entity(), at: clock.now() })
      return ok(before)
    })
