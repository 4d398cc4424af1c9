import { err, ok, type Result } from 'neverthrow'
import { parseArgs } from 'node:util'

export type Command =
  | { readonly name: 'serve' }
  | { readonly name: 'token'; readonly user: string; readonly admin: boolean; readonly seconds: number }
  | { readonly name: 'help' }
  | { readonly name: 'version' }

export type UsageError = { readonly code: 'USAGE'; readonly message: string }

export const USAGE = `shouyin: 自托管收款服务 / a self-hosted payment service

  shouyin serve                              start the service (default)
  shouyin token --user ID [--admin] [--ttl SECONDS]
                                             a token for trying out the API (at most 30 days)
  shouyin help | version
`

const MAX_TOKEN_SECONDS = 30 * 86_400

/** Reads the words after the program's name; anything not understood is an error, never a guess. */
export const parseCommand = (words: readonly string[]): Result<Command, UsageError> => {
  const [name = 'serve', ...rest] = words
  switch (name) {
    case 'serve':
      return nothingMore(rest, { name })
    case 'token':
      return tokenCommand(rest)
    case 'help':
    case '--help':
    case '-h':
      return ok({ name: 'help' })
    case 'version':
    case '--version':
      return nothingMore(rest, { name: 'version' })
    default:
      return usage(`unknown command '${name}'`)
  }
}

const usage = (message: string): Result<never, UsageError> => err({ code: 'USAGE', message })

const nothingMore = (rest: readonly string[], command: Command): Result<Command, UsageError> =>
  rest.length === 0 ? ok(command) : usage(`'${command.name}' takes no '${rest[0]}'`)

const tokenCommand = (args: readonly string[]): Result<Command, UsageError> => {
  const parsed = parseTokenOptions(args)
  if (parsed === undefined) return usage('token takes --user ID, --admin and --ttl SECONDS')
  const { user, admin = false, ttl = '86400' } = parsed
  if (user === undefined || !/^[\x21-\x7e]{1,64}$/.test(user)) return usage('token needs --user ID')
  const seconds = /^\d{1,8}$/.test(ttl) ? Number(ttl) : 0
  if (seconds < 1 || seconds > MAX_TOKEN_SECONDS) return usage('--ttl is 1 to 2592000 seconds')
  return ok({ name: 'token', user, admin, seconds })
}

const parseTokenOptions = (args: readonly string[]) => {
  try {
    return parseArgs({
      args: [...args],
      options: { user: { type: 'string' }, admin: { type: 'boolean' }, ttl: { type: 'string' } },
    }).values
  } catch {
    return undefined // parseArgs throws on any option it does not know.
  }
}
