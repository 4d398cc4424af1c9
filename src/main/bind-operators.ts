import type { Container } from 'inversify'
import { createScryptPasswordHasher } from '../adapters/crypto/scrypt-password-hasher.ts'
import { createDeviceTokens } from '../adapters/http/device-token.ts'
import type { Store } from '../adapters/persistence/store.ts'
import { changePassword } from '../application/operators/change-password.ts'
import { currentSession } from '../application/operators/current-session.ts'
import { endSession } from '../application/operators/end-sessions.ts'
import { addOperator, changeOperator, resetPassword } from '../application/operators/maintain-operators.ts'
import type { PasswordHasher } from '../application/operators/password-hasher.ts'
import { signIn } from '../application/operators/sign-in.ts'
import type { Clock } from '../application/clock.ts'
import type { Ids } from '../application/ids.ts'
import type { Randomness } from '../application/randomness.ts'
import { deviceKeys, type Secrets } from './secrets.ts'
import { tokens } from './tokens.ts'

/** Signing in to the console, and who may. */
export const bindOperators = (container: Container, secrets: Secrets): void => {
  container.bind(tokens.passwordHasher).toResolvedValue(() => createScryptPasswordHasher(), [])
  container
    .bind(tokens.deviceTokens)
    .toResolvedValue((clock: Clock) => createDeviceTokens({ keys: deviceKeys(secrets), clock }), [tokens.clock])
  const parts = [tokens.store, tokens.clock, tokens.ids, tokens.randomness, tokens.passwordHasher] as const
  const all = (
    { transaction, readers }: Store,
    clock: Clock,
    ids: Ids,
    randomness: Randomness,
    hasher: PasswordHasher,
  ) => ({ transaction, readers, clock, ids, randomness, hasher })
  container.bind(tokens.signIn).toResolvedValue((...given) => signIn(all(...given)), [...parts])
  container.bind(tokens.currentSession).toResolvedValue((...given) => currentSession(all(...given)), [...parts])
  container.bind(tokens.changePassword).toResolvedValue((...given) => changePassword(all(...given)), [...parts])
  container.bind(tokens.endSession).toResolvedValue((...given) => endSession(all(...given)), [...parts])
  container.bind(tokens.addOperator).toResolvedValue((...given) => addOperator(all(...given)), [...parts])
  container.bind(tokens.changeOperator).toResolvedValue((...given) => changeOperator(all(...given)), [...parts])
  container.bind(tokens.resetPassword).toResolvedValue((...given) => resetPassword(all(...given)), [...parts])
}
