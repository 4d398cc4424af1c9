import { err, ok, type Result } from 'neverthrow'
import type { OperatorAccount } from '../../domain/operator.ts'
import { checkPassword, normalPassword, type PasswordFlaw } from '../../domain/password.ts'
import type { Operator } from '../catalogue/maintain-catalogue.ts'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import { type Readers, type Transaction, WRITE_CONFLICT, type WriteConflict } from '../transaction.ts'
import type { CurrentSession } from './current-session.ts'
import type { HasherBusy, PasswordHasher } from './password-hasher.ts'

export type PasswordChange = { readonly currentPassword: string; readonly newPassword: string }

export type ChangePasswordError =
  | PasswordFlaw
  | HasherBusy
  | { readonly code: 'PASSWORD_WRONG' }
  | { readonly code: 'PASSWORD_UNCHANGED' }

type Deps = {
  readonly transaction: Transaction
  readonly readers: Pick<Readers, 'operators'>
  readonly clock: Clock
  readonly ids: Ids
  readonly hasher: PasswordHasher
}

/** An operator chooses another password; every other session of theirs ends. */
export const changePassword =
  (deps: Deps) =>
  async (
    { account, session }: CurrentSession,
    { currentPassword, newPassword }: PasswordChange,
    operator: Operator,
  ): Promise<Result<OperatorAccount, ChangePasswordError>> => {
    const { transaction, readers, clock, ids, hasher } = deps
    const current = normalPassword(currentPassword)
    const passwordHash = (await readers.operators.find(account.id))?.value.passwordHash
    const checked = await hasher.check(current, passwordHash)
    if (checked.isErr()) return err(checked.error)
    if (!checked.value.matches) return err({ code: 'PASSWORD_WRONG' })
    const password = checkPassword(newPassword, account.name)
    if (password.isErr()) return err(password.error)
    if (password.value === current) return err({ code: 'PASSWORD_UNCHANGED' })
    const hashed = await hasher.hash(password.value)
    if (hashed.isErr()) return err(hashed.error)
    const at = clock.now()
    return transaction.run(
      async (repositories): Promise<Result<OperatorAccount, ChangePasswordError | WriteConflict>> => {
        const { operators, operatorSessions, audit } = repositories
        const before = await operators.find(account.id)
        if (before === undefined || before.value.passwordHash !== passwordHash) return err({ code: 'PASSWORD_WRONG' })
        const after = { ...before.value.account, mustChangePassword: false, passwordChangedAt: at }
        if (!(await operators.replace(before, { account: after, passwordHash: hashed.value }, at)))
          return err(WRITE_CONFLICT)
        await operatorSessions.endAll(account.id, session.id)
        const entry = { action: 'operator.password', subject: account.name, before: before.value.account, after }
        await audit.append({ reason: undefined, ...operator, ...entry, id: ids.entity(), at })
        return ok(after)
      },
    )
  }
