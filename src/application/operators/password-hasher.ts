import type { Result } from 'neverthrow'

/** So many passwords are being checked that one more would wait too long. */
export type HasherBusy = { readonly code: 'HASHER_BUSY' }

export type PasswordCheck = {
  readonly matches: boolean
  /** It was hashed with less effort than one would be today. */
  readonly isStale: boolean
}

/** Hashes passwords slowly, only few of them at once. */
export interface PasswordHasher {
  /** With a salt of its own, so that two hashes of one password differ. */
  hash(password: string): Promise<Result<string, HasherBusy>>
  /** Takes as long where there is nothing to check against, and never matches then. */
  check(password: string, hash: string | undefined): Promise<Result<PasswordCheck, HasherBusy>>
}
