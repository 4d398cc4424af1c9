import { err, ok, type Result } from 'neverthrow'
import type { GivenPassword, SetPassword } from '../../application/operators/given-password.ts'
import type {
  AddOperatorError,
  ChangeOperatorError,
  OperatorChanges,
  OperatorDraft,
  ResetPasswordError,
} from '../../application/operators/maintain-operators.ts'
import type { OperatorAccount } from '../../domain/operator.ts'
import { MAX_PASSWORD, MIN_PASSWORD } from '../../domain/password.ts'
import { toJson } from './api.ts'
import type { OperatorsCommand } from './operators-command.ts'
import { tableOf } from './table.ts'
import type { ExitCode, Terminal } from './terminal.ts'

type NotFound = { readonly code: 'NOT_FOUND' }

/** What is done to the operators in the database, by whoever may read it. */
export type OperatorsDeps = {
  readonly list: () => Promise<readonly OperatorAccount[]>
  readonly add: (draft: OperatorDraft, given: GivenPassword) => Promise<Result<SetPassword, AddOperatorError>>
  readonly reset: (name: string, given: GivenPassword) => Promise<Result<SetPassword, ResetPasswordError>>
  readonly change: (name: string, changes: OperatorChanges) => Promise<Result<OperatorAccount, ChangeOperatorError>>
  readonly signOut: (name: string) => Promise<Result<void, NotFound>>
  /** What is typed or piped in, not shown; nothing where the two times differ. */
  readonly readPassword: () => Promise<string | undefined>
}

type Failure = AddOperatorError | ResetPasswordError | ChangeOperatorError | { readonly code: 'TYPED_DIFFERENTLY' }

export const runOperators = async (
  deps: OperatorsDeps,
  command: OperatorsCommand,
  terminal: Terminal,
): Promise<ExitCode> => {
  if (command.name === 'operators list') return list(deps, command.json, terminal)
  const done = await perform(deps, command)
  if (done.isErr()) {
    if (command.json) terminal.print(toJson({ code: done.error.code }))
    else terminal.tell(`shouyin: ${wordsFor(done.error)}`)
    return 1
  }
  if (command.json) terminal.print(toJson(done.value))
  else for (const line of linesOf(done.value)) terminal.print(line)
  return 0
}

type Done = {
  readonly name: string
  readonly role?: string
  readonly status?: string
  readonly oneTimePassword?: string | undefined
}

const perform = async (
  deps: OperatorsDeps,
  command: Exclude<OperatorsCommand, { name: 'operators list' }>,
): Promise<Result<Done, Failure>> => {
  switch (command.name) {
    case 'operators add': {
      const given = await passwordFor(deps, command.generate)
      return given.isErr() ? err(given.error) : (await deps.add(command.draft, given.value)).map(withPassword)
    }
    case 'operators password': {
      const given = await passwordFor(deps, command.generate)
      return given.isErr() ? err(given.error) : (await deps.reset(command.operator, given.value)).map(withPassword)
    }
    case 'operators status':
      return (await deps.change(command.operator, { status: command.status })).map(shown)
    case 'operators role':
      return (await deps.change(command.operator, { role: command.role })).map(shown)
    case 'operators sign-out':
      return (await deps.signOut(command.operator)).map(() => ({ name: command.operator }))
  }
}

const passwordFor = async (
  { readPassword }: OperatorsDeps,
  generate: boolean,
): Promise<Result<GivenPassword, Failure>> => {
  if (generate) return ok({ kind: 'one_time' })
  const password = await readPassword()
  return password === undefined ? err({ code: 'TYPED_DIFFERENTLY' }) : ok({ kind: 'chosen', password })
}

const shown = ({ name, role, status }: OperatorAccount): Done => ({ name, role, status })
const withPassword = ({ account, oneTimePassword }: SetPassword): Done => ({ ...shown(account), oneTimePassword })

const linesOf = ({ name, role, status, oneTimePassword }: Done): readonly string[] => [
  role === undefined ? `${name}: signed out everywhere 已退出全部会话` : `${name}: ${role}, ${status}`,
  ...(oneTimePassword === undefined
    ? []
    : [
        `one-time password 一次性密码: ${oneTimePassword}`,
        'shown this once; sign in within 72 hours and change it 仅显示这一次，请在 72 小时内登录并修改',
      ]),
]

const list = async (deps: OperatorsDeps, json: boolean, terminal: Terminal): Promise<ExitCode> => {
  const all = await deps.list()
  if (json) terminal.print(toJson(all))
  else
    for (const line of tableOf([
      ['NAME', 'DISPLAY NAME', 'ROLE', 'STATUS', 'PASSWORD SET'],
      ...all.map((one) => [one.name, one.displayName, one.role, one.status, passwordOf(one)]),
    ]))
      terminal.print(line)
  return 0
}

const passwordOf = ({ passwordChangedAt, mustChangePassword }: OperatorAccount): string =>
  passwordChangedAt.toISOString() + (mustChangePassword ? ' one-time 一次性' : '')

const wordsFor = (failure: Failure): string => {
  switch (failure.code) {
    case 'PASSWORD_REFUSED':
      return `the password is ${failure.flaw.replaceAll('_', ' ')}: ${MIN_PASSWORD} to ${MAX_PASSWORD} characters, not made of common words and numbers 密码太短、太长或太常见`
    case 'TYPED_DIFFERENTLY':
      return 'the two passwords differ 两次输入不一致'
    case 'NAME_TAKEN':
      return 'the name is taken 已有这个登录名'
    case 'LAST_ADMIN':
      return 'it is the last admin who may sign in; add another first 须保留至少一名可登录的管理员'
    case 'NOT_FOUND':
      return 'there is no such operator 没有这个操作员'
    case 'HASHER_BUSY':
    case 'OWN_PASSWORD':
      return failure.code
  }
}
