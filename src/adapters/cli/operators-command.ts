import { err, ok, type Result } from 'neverthrow'
import {
  OPERATOR_ROLES,
  type OperatorAccount,
  type OperatorRole,
  type OperatorStatus,
  parseOperatorName,
} from '../../domain/operator.ts'
import { readOptions, type UsageError, usage } from './options.ts'

/** Where a new password comes from: made up and printed once, or typed by whoever is at the terminal. */
type PasswordFrom = { readonly generate: boolean }

export type OperatorsCommand = { readonly json: boolean } & (
  | { readonly name: 'operators list' }
  | ({ readonly name: 'operators add'; readonly draft: Draft } & PasswordFrom)
  | ({ readonly name: 'operators password'; readonly operator: string } & PasswordFrom)
  | { readonly name: 'operators status'; readonly operator: string; readonly status: OperatorStatus }
  | { readonly name: 'operators role'; readonly operator: string; readonly role: OperatorRole }
  | { readonly name: 'operators sign-out'; readonly operator: string }
)

/** Told from other commands by its name. */
export const isOperatorsCommand = (command: { readonly name: string }): command is OperatorsCommand =>
  command.name.startsWith('operators ')

type Draft = Pick<OperatorAccount, 'name' | 'displayName' | 'role'>

const JSON_OPTION = { json: { type: 'boolean' } } as const
const NAME_OPTION = { name: { type: 'string' }, ...JSON_OPTION } as const
const ADD_OPTIONS = {
  ...NAME_OPTION,
  'display-name': { type: 'string' },
  role: { type: 'string' },
  generate: { type: 'boolean' },
} as const

export const parseOperators = (args: readonly string[]): Result<OperatorsCommand, UsageError> => {
  const [what = '', ...rest] = args
  switch (what) {
    case 'list': {
      const read = readOptions('operators list', rest, JSON_OPTION)
      return read.map(({ values }) => ({ name: 'operators list', json: values.json ?? false }))
    }
    case 'add':
      return parseAdd(rest)
    case 'password': {
      const read = readOptions('operators password', rest, { ...NAME_OPTION, generate: { type: 'boolean' } })
      return read.andThen(({ values: { name, generate = false, json = false } }) =>
        operatorOf(name).map((operator) => ({ name: 'operators password' as const, operator, generate, json })),
      )
    }
    case 'disable':
    case 'enable': {
      const status = what === 'enable' ? 'active' : 'disabled'
      return parseNamed(what, rest).map((named) => ({ name: 'operators status', status, ...named }))
    }
    case 'sign-out':
      return parseNamed(what, rest).map((named) => ({ name: 'operators sign-out', ...named }))
    case 'role':
      return parseRole(rest)
    default:
      return usage('operators list | add | password | disable | enable | role | sign-out')
  }
}

const parseAdd = (args: readonly string[]): Result<OperatorsCommand, UsageError> => {
  const read = readOptions('operators add', args, ADD_OPTIONS)
  if (read.isErr()) return err(read.error)
  const { name, role: typed, generate = false, json = false, 'display-name': shown } = read.value.values
  const operator = operatorOf(name)
  if (operator.isErr()) return err(operator.error)
  const role = roleOf(typed)
  if (role.isErr()) return err(role.error)
  const displayName = shown?.trim() ?? operator.value
  if (displayName.length < 1 || displayName.length > 64) return usage('--display-name is 1 to 64 characters')
  return ok({ name: 'operators add', draft: { name: operator.value, displayName, role: role.value }, generate, json })
}

const parseRole = (args: readonly string[]): Result<OperatorsCommand, UsageError> => {
  const read = readOptions('operators role', args, { ...NAME_OPTION, role: { type: 'string' } })
  if (read.isErr()) return err(read.error)
  const { name, role, json = false } = read.value.values
  return operatorOf(name).andThen((operator) =>
    roleOf(role).map((wanted) => ({ name: 'operators role' as const, operator, role: wanted, json })),
  )
}

const parseNamed = (
  what: string,
  args: readonly string[],
): Result<{ readonly operator: string; readonly json: boolean }, UsageError> =>
  readOptions(`operators ${what}`, args, NAME_OPTION).andThen(({ values: { name, json = false } }) =>
    operatorOf(name).map((operator) => ({ operator, json })),
  )

const operatorOf = (text: string | undefined): Result<string, UsageError> => {
  const name = parseOperatorName(text ?? '')
  return name === undefined ? usage('--name is 3 to 64 of a-z, 0-9 and . _ -') : ok(name)
}

const roleOf = (text: string | undefined): Result<OperatorRole, UsageError> => {
  const role = OPERATOR_ROLES.find((one) => one === text)
  return role === undefined ? usage(`--role is one of ${OPERATOR_ROLES.join(', ')}`) : ok(role)
}
