import { err, ok, type Result } from 'neverthrow'
import { type AccessCode, accessCodeStream, transitionAccessCode } from '../../domain/access-code.ts'
import type { Operator } from '../catalogue/maintain-catalogue.ts'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import { type Transaction, WRITE_CONFLICT, type WriteConflict } from '../transaction.ts'

export type RevokeCodeError =
  | { readonly code: 'NOT_FOUND' }
  /** It was used or has expired: there is nothing left to revoke. */
  | { readonly code: 'ACCESS_CODE_INVALID' }

type Deps = { readonly transaction: Transaction; readonly clock: Clock; readonly ids: Ids }

/** Makes an unused code worthless; a repeat changes nothing. */
export const revokeCode =
  ({ transaction, clock, ids }: Deps) =>
  (codeId: string, operator: Operator): Promise<Result<AccessCode, RevokeCodeError>> =>
    transaction.run(
      async ({ accessCodes, outbox, audit }): Promise<Result<AccessCode, RevokeCodeError | WriteConflict>> => {
        const at = clock.now()
        const before = await accessCodes.find(codeId)
        if (before === undefined) return err({ code: 'NOT_FOUND' })
        const revoked = transitionAccessCode(before.value, { type: 'revoked', at })
        if (revoked.isErr()) return err({ code: 'ACCESS_CODE_INVALID' })
        const [code, events] = revoked.value
        if (events.length === 0) return ok(code)
        if (!(await accessCodes.replace(before, code, at))) return err(WRITE_CONFLICT)
        const cause = { kind: 'admin', actor: operator.actor } as const
        await outbox.append({ stream: accessCodeStream(code), events, cause, at })
        const entry = { action: 'access_code.revoke', subject: codeId, before: before.value, after: code }
        await audit.append({ reason: undefined, ...operator, ...entry, id: ids.entity(), at })
        return ok(code)
      },
    )
