import { parseCommand, USAGE } from '../adapters/cli/command-line.ts'
import { signToken } from '../adapters/cli/sign-token.ts'
import { terminalOn } from '../adapters/cli/terminal.ts'
import { banner } from './banner.ts'
import { type ConfigError, loadDatabaseSettings, loadSettings, type Settings } from './config.ts'
import { runCommand } from './run-command.ts'
import { isDatabaseCommand, runDatabaseCommand } from './run-database-command.ts'
import { loadSecrets } from './secrets.ts'
import { dataDirectory, type Role, type Service, startService, SYSTEM } from './start.ts'
import { VERSION } from './version.ts'

const fail = (...lines: readonly string[]): void => {
  for (const line of lines) console.error(line)
  process.exitCode = 1
}

const indented = (lines: readonly string[]): readonly string[] => lines.map((line) => `  ${line}`)

const run = async (words: readonly string[]): Promise<void> => {
  const parsed = parseCommand(words)
  if (parsed.isErr()) {
    fail(`shouyin: ${parsed.error.message}`, '', USAGE)
    process.exitCode = 2
    return
  }
  const command = parsed.value
  if (command.name === 'help') return console.log(USAGE)
  if (command.name === 'version') return console.log(VERSION)
  const terminal = terminalOn(process.stdout, process.stderr)
  if (isDatabaseCommand(command)) {
    const database = loadDatabaseSettings(process.env)
    if (database.isErr()) return refuse(database.error)
    process.exitCode = await runDatabaseCommand(database.value, command, terminal)
    return
  }
  const settings = loadSettings(process.env)
  if (settings.isErr()) return refuse(settings.error)
  if (command.name === 'run') return start(settings.value, command.role)
  if (command.name === 'token') return printToken(settings.value, command)
  process.exitCode = await runCommand(settings.value, command, terminal)
}

const refuse = ({ problems }: ConfigError): void => fail('shouyin: these settings are wrong:', ...indented(problems))

const printToken = async (
  settings: Settings,
  given: { readonly user: string; readonly admin: boolean; readonly seconds: number },
): Promise<void> => {
  const { jwtSecret } = loadSecrets(settings, dataDirectory(settings))
  if (jwtSecret === undefined) return fail('shouyin: with JWT_JWKS_URL the identity provider issues the tokens')
  const claims = { ...given, issuer: settings.JWT_ISSUER, audience: settings.JWT_AUDIENCE }
  console.log(await signToken(jwtSecret, claims, new Date()))
}

const start = async (settings: Settings, role: Role): Promise<void> => {
  const started = await startService(settings, SYSTEM, role)
  if (started.isErr()) return fail('shouyin: it can not start:', ...indented(started.error.problems))
  stopOnSignal(started.value)
  console.log(banner(started.value))
}

/** The first signal drains; a second one does not hurry it, the time limit does. */
const stopOnSignal = (service: Service): void => {
  let stopping = false
  const stop = (): void => {
    if (stopping) return
    stopping = true
    service.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        fail(`shouyin: closing failed: ${messageOf(error)}`)
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

try {
  await run(process.argv.slice(2))
} catch (error) {
  fail(`shouyin: it can not go on: ${messageOf(error)}`)
}
