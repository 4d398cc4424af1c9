import { err, ok, type Result } from 'neverthrow'
import { type OperatorAccount, operatorActor, type OperatorRole, type OperatorStatus } from '../../domain/operator.ts'
import type { Operator } from '../catalogue/maintain-catalogue.ts'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { Randomness } from '../randomness.ts'
import { type Repositories, type Transaction, WRITE_CONFLICT, type WriteConflict } from '../transaction.ts'
import { type GivenPassword, makePassword, type PasswordError, type SetPassword } from './given-password.ts'
import type { PasswordHasher } from './password-hasher.ts'

type Deps = {
  readonly transaction: Transaction
  readonly clock: Clock
  readonly ids: Ids
  readonly randomness: Randomness
  readonly hasher: PasswordHasher
}

export type OperatorDraft = Pick<OperatorAccount, 'name' | 'displayName' | 'role'>

export type AddOperatorError = PasswordError | { readonly code: 'NAME_TAKEN' }

/** A new operator; the same id again, of a request that broke off, is the same operator with another password. */
export const addOperator =
  (deps: Deps) =>
  async (
    id: string,
    draft: OperatorDraft,
    given: GivenPassword,
    operator: Operator,
  ): Promise<Result<SetPassword, AddOperatorError>> => {
    const made = await makePassword(deps, given, draft.name)
    if (made.isErr()) return err(made.error)
    const { passwordHash, isOneTime, oneTimePassword } = made.value
    const at = deps.clock.now()
    return deps.transaction.run(
      async (repositories): Promise<Result<SetPassword, AddOperatorError | WriteConflict>> => {
        const { operators, audit } = repositories
        const known = await operators.find(id)
        const facts = { mustChangePassword: isOneTime, passwordChangedAt: at }
        const account: OperatorAccount = {
          id,
          ...draft,
          status: 'active',
          createdAt: at,
          ...known?.value.account,
          ...facts,
        }
        const record = { account, passwordHash }
        if (known === undefined) {
          if ((await operators.findByName(draft.name)) !== undefined) return err({ code: 'NAME_TAKEN' })
          if (!(await operators.insert(record))) return err(WRITE_CONFLICT)
        } else if (!(await operators.replace(known, record, at))) return err(WRITE_CONFLICT)
        const entry = { action: 'operator.add', subject: account.name, before: known?.value.account, after: account }
        await audit.append({ reason: undefined, ...operator, ...entry, id: deps.ids.entity(), at })
        return ok({ account, oneTimePassword })
      },
    )
  }

export type OperatorChanges = {
  readonly displayName?: string | undefined
  readonly role?: OperatorRole | undefined
  readonly status?: OperatorStatus | undefined
}

export type ChangeOperatorError =
  | { readonly code: 'NOT_FOUND' }
  /** Nobody would be left who could give others access. */
  | { readonly code: 'LAST_ADMIN' }

/** Changes what an operator is called or may do; with the role, or disabled, every session ends. */
export const changeOperator =
  ({ transaction, clock, ids }: Pick<Deps, 'transaction' | 'clock' | 'ids'>) =>
  (name: string, changes: OperatorChanges, operator: Operator): Promise<Result<OperatorAccount, ChangeOperatorError>> =>
    transaction.run(async (repositories): Promise<Result<OperatorAccount, ChangeOperatorError | WriteConflict>> => {
      const { operators, operatorSessions, audit } = repositories
      const before = await operators.findByName(name)
      if (before === undefined) return err({ code: 'NOT_FOUND' })
      const { account, passwordHash } = before.value
      const { displayName = account.displayName, role = account.role, status = account.status } = changes
      const after = { ...account, displayName, role, status }
      const at = clock.now()
      if (!(await operators.replace(before, { account: after, passwordHash }, at))) return err(WRITE_CONFLICT)
      if (role !== account.role || status === 'disabled') await operatorSessions.endAll(account.id)
      const entry = { action: 'operator.change', subject: name, before: account, after }
      await audit.append({ reason: undefined, ...operator, ...entry, id: ids.entity(), at })
      return (await leavesAnAdmin(repositories, account)) ? ok(after) : err({ code: 'LAST_ADMIN' })
    })

/**
 * Asked after the entry in the audit log, whose number only one unit of work can take: of two admins who demote each other
 * at the same moment, one counts when the other is done.
 */
const leavesAnAdmin = async ({ operators }: Repositories, before: OperatorAccount): Promise<boolean> =>
  before.role !== 'admin' || before.status !== 'active' || (await operators.countActiveAdmins()) > 0

export type ResetPasswordError =
  | PasswordError
  | { readonly code: 'NOT_FOUND' }
  /** One's own is changed by whoever knows it. */
  | { readonly code: 'OWN_PASSWORD' }

/** Gives an operator who has forgotten theirs another password; every session of theirs ends. */
export const resetPassword =
  (deps: Deps) =>
  async (name: string, given: GivenPassword, operator: Operator): Promise<Result<SetPassword, ResetPasswordError>> => {
    if (operator.actor === operatorActor(name)) return err({ code: 'OWN_PASSWORD' })
    const made = await makePassword(deps, given, name)
    if (made.isErr()) return err(made.error)
    const { passwordHash, isOneTime, oneTimePassword } = made.value
    const at = deps.clock.now()
    return deps.transaction.run(
      async (repositories): Promise<Result<SetPassword, ResetPasswordError | WriteConflict>> => {
        const { operators, operatorSessions, audit } = repositories
        const before = await operators.findByName(name)
        if (before === undefined) return err({ code: 'NOT_FOUND' })
        const account = { ...before.value.account, mustChangePassword: isOneTime, passwordChangedAt: at }
        if (!(await operators.replace(before, { account, passwordHash }, at))) return err(WRITE_CONFLICT)
        await operatorSessions.endAll(account.id)
        const entry = { action: 'operator.reset_password', subject: name, before: before.value.account, after: account }
        await audit.append({ reason: undefined, ...operator, ...entry, id: deps.ids.entity(), at })
        return ok({ account, oneTimePassword })
      },
    )
  }
