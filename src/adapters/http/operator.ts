import type { Operator } from '../../application/catalogue/maintain-catalogue.ts'
import type { UserCaller } from './access.ts'

type Made = { readonly caller: UserCaller; readonly requestId: string; readonly ip: string }

/** Who acts in an admin's call, and why if that was said, for the audit trail. */
export const operatorOf = ({ caller, requestId, ip }: Made, reason?: string): Operator => ({
  actor: caller.userId,
  requestId,
  ip,
  reason,
})
