import type { AccessCode, ShownCodeStatus } from '../../domain/access-code.ts'
import type { Page, PageRequest } from '../page.ts'
import type { Versioned } from '../versioned.ts'

/** A code with its text, which is stored encrypted and found by a keyed hash. */
export type IssuedCode = { readonly code: AccessCode; readonly text: string }

export type AccessCodeFilter = {
  readonly batchId: string | undefined
  readonly productId: string | undefined
  readonly status: ShownCodeStatus | undefined
}

export interface AccessCodeReader {
  find(id: string): Promise<Versioned<AccessCode> | undefined>
  /** Codes bought by a user, newest first. */
  listByBuyer(userId: string, page: PageRequest): Promise<Page<IssuedCode>>
  listByOrder(orderId: string): Promise<readonly IssuedCode[]>
  /** By the normalised text. */
  findByText(text: string): Promise<Versioned<AccessCode> | undefined>
  /** All users' and all batches', newest first; those of a batch only once all of them are made. */
  list(filter: AccessCodeFilter, page: PageRequest): Promise<Page<IssuedCode>>
  /** Unused ones whose time is over, frozen ones too, longest lapsed first. */
  listLapsed(at: Date, limit: number): Promise<readonly Versioned<AccessCode>[]>
}

export interface AccessCodeRepository extends AccessCodeReader {
  insert(codes: readonly IssuedCode[]): Promise<void>
  replace(before: Versioned<AccessCode>, after: AccessCode, at: Date): Promise<boolean>
}
