import { err, ok, type Result } from 'neverthrow'
import { type CodesCommand, parseCodes } from './codes-command.ts'
import { type CopyCommand, parseCopy } from './copy-command.ts'
import { type DoctorCommand, parseDoctor } from './doctor-command.ts'
import { type KeysCommand, parseKeys } from './keys-command.ts'
import { type MigrateCommand, parseMigrate } from './migrate-command.ts'
import { type NotificationsCommand, parseNotifications } from './notifications-command.ts'
import { type OperatorsCommand, parseOperators } from './operators-command.ts'
import { readOptions, type UsageError, usage, wholeNumber } from './options.ts'
import { type OrdersCommand, parseOrders } from './orders-command.ts'
import { parseReconcile, type ReconcileCommand } from './reconcile-command.ts'
import { parseStats, type StatsCommand } from './stats-command.ts'
import { parseVerify, type VerifyCommand } from './verify-command.ts'

export type { UsageError } from './options.ts'

export type Command =
  /** `all`: both the server and the worker, in one process. */
  | { readonly name: 'run'; readonly role: 'all' | 'serve' | 'worker' }
  | { readonly name: 'token'; readonly user: string; readonly admin: boolean; readonly seconds: number }
  | { readonly name: 'help' }
  | { readonly name: 'version' }
  | DatabaseCommand
  | VerifyCommand
  | KeysCommand
  | DoctorCommand
  | ReconcileCommand
  | StatsCommand
  | OperatorsCommand
  | OperatorCommand

/** What is done to a database as a whole; it needs no other setting than where that is. */
export type DatabaseCommand = MigrateCommand | CopyCommand

export const isDatabaseCommand = (command: Command): command is DatabaseCommand =>
  command.name === 'migrate status' || command.name === 'migrate up' || command.name === 'copy'

/** What an operator asks of the service without a browser. */
export type OperatorCommand = OrdersCommand | CodesCommand | NotificationsCommand

export const USAGE = `shouyin: 自托管收款服务 / a self-hosted payment service

  shouyin                                    start the service: server and worker in one process
  shouyin serve                              only the server: everything that is asked over HTTP
  shouyin worker                             only the worker: everything that is due by itself
  shouyin token --user ID [--admin] [--ttl SECONDS]
                                             a token for trying out the API (at most 30 days)
  shouyin migrate status [--json]            which changes of the schema are applied; exit 1 where this build can't start
  shouyin migrate up [--json]                apply those that are missing; makes an SQLite file where there is none
  shouyin copy --from DATABASE --to DATABASE [--check] [--json]
                                             move to another database, while no service works on either: sqlite:PATH,
                                             mysql://… or @FILE with that in it; again where it broke off; --check compares
  shouyin verify [--quiescent] [--grace SECONDS] [--audit-head HEAD] [--json]
                                             check every invariant of the books; reads only, exit 1 on a violation; HEAD is
                                             the end of the audit log that an earlier run has printed
  shouyin keys rotate [--check] [--json]     seal everything anew with the first key of DATA_ENCRYPTION_KEY, again where it broke
                                             off; --check only counts what is under which key; exit 1 while others are in use
  shouyin doctor [--no-canary] [--json]      settings, keys, clock, database and whether callbacks can arrive; exit 1 on a problem;
                                             sends a signed canary to each notify URL, which a running service answers
  shouyin reconcile --provider wechat|alipay --date 2026-11-20 [--file BILL] [--json]
                                             hold a day's bill against the books: the gateway's, or a file (csv, gzip, zip)
  shouyin stats rebuild [--from DAY] [--to DAY] [--json]
                                             count the statistics of these days (yyyy-MM-dd, Shanghai), or of all, anew
  shouyin operators list [--json]            who may sign in to the console
  shouyin operators add --name NAME --role viewer|support|finance|admin [--display-name TEXT] [--generate] [--json]
  shouyin operators password --name NAME [--generate] [--json]
                                             the password is typed, or piped in; --generate prints one to be changed within 72 h
  shouyin operators disable|enable|sign-out --name NAME [--json]
  shouyin operators role --name NAME --role ROLE [--json]
  shouyin orders list [--user ID] [--status STATUS] [--out-trade-no NO] [--transaction-id ID] [LIST]
  shouyin orders show ID [--json]            an order with everything that happened to it
  shouyin codes make --product ID --count N --expires DATE [--out FILE.csv] [--reason TEXT] [--json]
  shouyin codes list [--batch ID] [--product ID] [--status STATUS] [LIST]
  shouyin codes revoke ID [--reason TEXT] [--json]
  shouyin codes export --batch ID [--out FILE.csv] [--reason TEXT]
  shouyin notifications list [--provider P] [--verdict V] [--kind K] [--order ID] [--out-trade-no NO] [LIST]
  shouyin notifications stats [--from INSTANT] [--to INSTANT] [--json]
  shouyin notifications retry ID [--reason TEXT] [--json]
  shouyin notifications retry-failed [--reason TEXT] [--json]
                                             stored callbacks go through the ordinary way again, 500 at a time
  shouyin help | version

  LIST is [--limit 1-100] [--cursor CURSOR] [--json]. All but the first three may run beside a running service.
  Exit code: 0 done, 1 not done, 2 not understood.
`

const MAX_TOKEN_SECONDS = 30 * 86_400

/** Reads the words after the program's name; anything not understood is an error, never a guess. */
export const parseCommand = (words: readonly string[]): Result<Command, UsageError> => {
  const [name, ...rest] = words
  switch (name) {
    case undefined:
      return ok({ name: 'run', role: 'all' })
    case 'serve':
    case 'worker':
      return nothingMore(rest, { name: 'run', role: name }, name)
    case 'token':
      return tokenCommand(rest)
    case 'copy':
      return parseCopy(rest)
    case 'migrate':
      return parseMigrate(rest)
    case 'verify':
      return parseVerify(rest)
    case 'keys':
      return parseKeys(rest)
    case 'doctor':
      return parseDoctor(rest)
    case 'reconcile':
      return parseReconcile(rest)
    case 'operators':
      return parseOperators(rest)
    case 'stats':
      return parseStats(rest)
    case 'orders':
      return parseOrders(rest)
    case 'codes':
      return parseCodes(rest)
    case 'notifications':
      return parseNotifications(rest)
    case 'help':
    case '--help':
    case '-h':
      return ok({ name: 'help' })
    case 'version':
    case '--version':
      return nothingMore(rest, { name: 'version' }, 'version')
    default:
      return usage(`unknown command '${name}'`)
  }
}

const nothingMore = (rest: readonly string[], command: Command, name: string): Result<Command, UsageError> =>
  rest.length === 0 ? ok(command) : usage(`'${name}' takes no '${rest[0]}'`)

const tokenCommand = (args: readonly string[]): Result<Command, UsageError> => {
  const options = { user: { type: 'string' }, admin: { type: 'boolean' }, ttl: { type: 'string' } } as const
  const read = readOptions('token', args, options)
  if (read.isErr()) return err(read.error)
  const { user, admin = false, ttl = '86400' } = read.value.values
  if (user === undefined || !/^[\x21-\x7e]{1,64}$/.test(user)) return usage('token needs --user ID')
  const seconds = wholeNumber(ttl, 1, MAX_TOKEN_SECONDS)
  return seconds === undefined
    ? usage(`--ttl is 1 to ${MAX_TOKEN_SECONDS} seconds`)
    : ok({ name: 'token', user, admin, seconds })
}
