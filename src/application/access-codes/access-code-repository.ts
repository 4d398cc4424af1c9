import type { AccessCode } from '../../domain/access-code.ts'
import type { Versioned } from '../versioned.ts'

/** A code with its text, which is stored encrypted and found by a keyed hash. */
export type IssuedCode = { readonly code: AccessCode; readonly text: string }

export interface AccessCodeReader {
  /** Codes bought by a user, newest first. */
  listByBuyer(userId: string): Promise<readonly IssuedCode[]>
  listByOrder(orderId: string): Promise<readonly IssuedCode[]>
  /** By the normalised text. */
  findByText(text: string): Promise<Versioned<AccessCode> | undefined>
}

export interface AccessCodeRepository extends AccessCodeReader {
  insert(codes: readonly IssuedCode[]): Promise<void>
  replace(before: Versioned<AccessCode>, after: AccessCode, at: Date): Promise<boolean>
}
