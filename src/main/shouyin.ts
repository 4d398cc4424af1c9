import { isDatabaseCommand, parseCommand, USAGE } from '../adapters/cli/command-line.ts'
import { isOperatorsCommand } from '../adapters/cli/operators-command.ts'
import { terminalOn } from '../adapters/cli/terminal.ts'
import { type ConfigError, loadDatabaseSettings, loadSettings, type Settings } from './config.ts'
import type { Role, Service } from './start.ts'
import { VERSION } from './version.ts'

const fail = (...lines: readonly string[]): void => {
  for (const line of lines) console.error(line)
  process.exitCode = 1
}

const indented = (lines: readonly string[]): readonly string[] => lines.map((line) => `  ${line}`)

/** Each command loads what it needs and nothing else: they start faster, and leave memory to the work. */
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
    const { runDatabaseCommand } = await import('./run-database-command.ts')
    process.exitCode = await runDatabaseCommand(database.value, command, terminal)
    return
  }
  const settings = loadSettings(process.env)
  if (command.name === 'doctor') {
    const { refuseAsDoctor, runDoctorCommand } = await import('./run-doctor.ts')
    process.exitCode = settings.isErr()
      ? await refuseAsDoctor(settings.error, command, terminal)
      : await runDoctorCommand(settings.value, command, terminal)
    return
  }
  if (settings.isErr()) return refuse(settings.error)
  if (command.name === 'run') return start(settings.value, command.role)
  if (command.name === 'token') return printToken(settings.value, command)
  if (command.name === 'reconcile') {
    const { runReconcileCommand } = await import('./run-reconcile.ts')
    process.exitCode = await runReconcileCommand(settings.value, command, terminal)
    return
  }
  if (isOperatorsCommand(command)) {
    const { runOperatorsCommand } = await import('./run-operators.ts')
    process.exitCode = await runOperatorsCommand(settings.value, command, terminal)
    return
  }
  if (command.name === 'keys rotate') {
    const { runKeysCommand } = await import('./run-keys.ts')
    process.exitCode = await runKeysCommand(settings.value, command, terminal)
    return
  }
  const { runCommand } = await import('./run-command.ts')
  process.exitCode = await runCommand(settings.value, command, terminal)
}

const refuse = ({ problems }: ConfigError): void => fail('shouyin: these settings are wrong:', ...indented(problems))

const printToken = async (
  settings: Settings,
  given: { readonly user: string; readonly admin: boolean; readonly seconds: number },
): Promise<void> => {
  const { loadSecrets } = await import('./secrets.ts')
  const { dataDirectory } = await import('./data-directory.ts')
  const { jwtSecret } = loadSecrets(settings, dataDirectory(settings))
  if (jwtSecret === undefined) return fail('shouyin: with JWT_JWKS_URL the identity provider issues the tokens')
  const { signToken } = await import('../adapters/cli/sign-token.ts')
  const claims = { ...given, issuer: settings.JWT_ISSUER, audience: settings.JWT_AUDIENCE }
  console.log(await signToken(jwtSecret, claims, new Date()))
}

const start = async (settings: Settings, role: Role): Promise<void> => {
  const { startService, SYSTEM } = await import('./start.ts')
  const { banner } = await import('./banner.ts')
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
