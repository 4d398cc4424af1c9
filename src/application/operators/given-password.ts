import { err, ok, type Result } from 'neverthrow'
import type { OperatorAccount } from '../../domain/operator.ts'
import { checkPassword, type PasswordFlaw } from '../../domain/password.ts'
import type { Randomness } from '../randomness.ts'
import { oneTimePassword } from './one-time-password.ts'
import type { HasherBusy, PasswordHasher } from './password-hasher.ts'

/** A password that somebody has chosen, or one to be made up and changed at the first sign-in. */
export type GivenPassword = { readonly kind: 'chosen'; readonly password: string } | { readonly kind: 'one_time' }

export type PasswordError = PasswordFlaw | HasherBusy

/** An account whose password was set; one that was made up is told this once. */
export type SetPassword = { readonly account: OperatorAccount; readonly oneTimePassword: string | undefined }

type Made = {
  readonly passwordHash: string
  readonly isOneTime: boolean
  readonly oneTimePassword: string | undefined
}

/** The hash of a password that keeps the rules. */
export const makePassword = async (
  { randomness, hasher }: { readonly randomness: Randomness; readonly hasher: PasswordHasher },
  given: GivenPassword,
  name: string,
): Promise<Result<Made, PasswordError>> => {
  const isOneTime = given.kind === 'one_time'
  const password = isOneTime ? ok(oneTimePassword(randomness)) : checkPassword(given.password, name)
  if (password.isErr()) return err(password.error)
  const hashed = await hasher.hash(password.value)
  return hashed.map((passwordHash) => ({
    passwordHash,
    isOneTime,
    oneTimePassword: isOneTime ? password.value : undefined,
  }))
}
