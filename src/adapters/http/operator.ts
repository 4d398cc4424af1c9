import type { Operator } from '../../application/catalogue/maintain-catalogue.ts'
import { operatorActor } from '../../domain/operator.ts'
import type { CallerOf } from './access.ts'

type Made = { readonly caller: CallerOf['admin']; readonly requestId: string; readonly ip: string }

/** Who acts in an admin's call, and why if that was said, for the audit trail. */
export const operatorOf = ({ caller, requestId, ip }: Made, reason?: string): Operator => ({
  actor: actorOf(caller),
  requestId,
  ip,
  reason,
})

/** The subject of a token, or the name of an operator, which no token can have as its subject. */
export const actorOf = (caller: CallerOf['admin']): string =>
  caller.kind === 'user' ? caller.userId : operatorActor(caller.account.name)
