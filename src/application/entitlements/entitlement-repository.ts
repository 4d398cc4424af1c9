import type { Entitlement } from '../../domain/entitlement.ts'
import type { Page, PageRequest } from '../page.ts'

export interface EntitlementReader {
  find(id: string): Promise<Entitlement | undefined>
  /** All of a user's, revoked and lapsed ones too, oldest first. */
  listByUser(userId: string, productId?: string): Promise<readonly Entitlement[]>
  /** Those of a user that are neither over nor revoked at that time, newest first. */
  listLasting(userId: string, at: Date, page: PageRequest): Promise<Page<Entitlement>>
  /** What this source has granted, revoked or not. */
  findBySource(source: Entitlement['source']): Promise<Entitlement | undefined>
}

export interface EntitlementRepository extends EntitlementReader {
  /** `false` where this source has granted already; nothing is written then. */
  insert(entitlement: Entitlement): Promise<boolean>
  /** Marks it revoked; `false` where it was already. */
  revoke(id: string, at: Date): Promise<boolean>
  /** Gives it another span; `false` where it was moved or revoked meanwhile. */
  move(before: Entitlement, after: Entitlement): Promise<boolean>
}
