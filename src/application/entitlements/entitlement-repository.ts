import type { Entitlement } from '../../domain/entitlement.ts'

export interface EntitlementReader {
  /** All of a user's, revoked and lapsed ones too, oldest first. */
  listByUser(userId: string, productId?: string): Promise<readonly Entitlement[]>
}

export interface EntitlementRepository extends EntitlementReader {
  /** `false` where this source has granted already; nothing is written then. */
  insert(entitlement: Entitlement): Promise<boolean>
  /** Marks it revoked; `false` where it was already. */
  revoke(id: string, at: Date): Promise<boolean>
}
