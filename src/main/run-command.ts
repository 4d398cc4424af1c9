import { existsSync } from 'node:fs'
import { open, unlink } from 'node:fs/promises'
import { err, ok, type Result } from 'neverthrow'
import { type CodesDeps, type OpenNewFile, runCodes } from '../adapters/cli/codes-command.ts'
import type { OperatorCommand } from '../adapters/cli/command-line.ts'
import { runNotifications } from '../adapters/cli/notifications-command.ts'
import { runOrders } from '../adapters/cli/orders-command.ts'
import type { ExitCode, Terminal } from '../adapters/cli/terminal.ts'
import { runStats, type StatsCommand } from '../adapters/cli/stats-command.ts'
import { runVerify, type Verify, type VerifyCommand } from '../adapters/cli/verify-command.ts'
import { createEncryption } from '../adapters/crypto/aes-encryption.ts'
import { INVARIANTS } from '../adapters/persistence/invariants/invariants.ts'
import { createLogger } from '../adapters/telemetry/logger.ts'
import { activityTally } from '../application/alerts/activity.ts'
import { countDaysAnew } from '../application/statistics/count-days.ts'
import type { Gateways } from '../application/payments/payment-gateway.ts'
import { publicUrlOf, type Settings } from './config.ts'
import { createContainer } from './container.ts'
import { dataDirectory } from './data-directory.ts'
import { httpDeps } from './http-deps.ts'
import { openLocalApi } from './local-api.ts'
import { compareBillsOf, databaseFile, openStore, verifyBooks } from './open-store.ts'
import { openOwnGateways } from './own-gateways.ts'
import { loadSecrets } from './secrets.ts'
import { shareInProcess } from './shared.ts'
import { SYSTEM, type System } from './start.ts'
import { tokens } from './tokens.ts'

/** Runs a command that works on the books of a service, which may be running beside it. */
export const runCommand = async (
  settings: Settings,
  command: VerifyCommand | StatsCommand | OperatorCommand,
  terminal: Terminal,
  system: System = SYSTEM,
): Promise<ExitCode> => {
  const path = databaseFile(settings)
  if (path !== undefined && !existsSync(path)) {
    terminal.tell(`shouyin: there is no database at ${path}`)
    return 1
  }
  if (command.name === 'verify') return runVerify(verifier(settings, system), command, terminal)
  const opened = new AsyncDisposableStack()
  try {
    if (command.name === 'stats rebuild') {
      const { store } = await openBareStore(settings, system, opened)
      return await runStats(countDaysAnew({ ...store, ...system }), command, terminal)
    }
    const gateways = asksGateways(command) ? await gatewaysOf(settings, system, opened) : ok(NO_GATEWAYS)
    if (gateways.isErr()) {
      for (const problem of gateways.error) terminal.tell(`shouyin: ${problem}`)
      return 1
    }
    return await runOnBooks(
      await openBooks(settings, { ...system, gateways: gateways.value }, opened),
      command,
      terminal,
    )
  } finally {
    await opened.disposeAsync()
  }
}

const runOnBooks = (books: Books, command: OperatorCommand, terminal: Terminal): Promise<ExitCode> => {
  switch (command.name) {
    case 'orders list':
    case 'orders show':
      return runOrders(books.api, command, terminal)
    case 'codes make':
    case 'codes list':
    case 'codes revoke':
    case 'codes export':
      return runCodes({ ...books, openNewFile }, command, terminal)
    case 'notifications list':
    case 'notifications stats':
    case 'notifications retry':
    case 'notifications retry-failed':
      return runNotifications(books.api, command, terminal)
  }
}

/** Within twice the longest step everything that waits on us has had its turn. */
const verifier =
  (settings: Settings, { clock }: System): Verify =>
  ({ quiescent, graceSeconds, auditHead }, onChecked) => {
    const graceMs = graceSeconds === undefined ? 2 * Math.max(...settings.RECOVERY_SCHEDULE) : graceSeconds * 1000
    let done = 0
    onChecked(done, INVARIANTS.length)
    return verifyBooks(settings, { quiescent, now: clock.now(), graceMs, auditHead }, () => {
      done += 1
      onChecked(done, INVARIANTS.length)
    })
  }

type Books = Omit<CodesDeps, 'openNewFile'>

/** A message that is tried again has to be verified again, and may need a question. */
const asksGateways = ({ name }: OperatorCommand): boolean =>
  name === 'notifications retry' || name === 'notifications retry-failed'

const NO_GATEWAYS: Gateways = { find: () => undefined, configured: [] }

const gatewaysOf = async (
  settings: Settings,
  { clock, randomness }: System,
  opened: AsyncDisposableStack,
): Promise<Result<Gateways, readonly string[]>> => {
  const gateways = await openOwnGateways(settings, { clock, randomness })
  if (gateways.isErr()) return err(gateways.error)
  opened.defer(() => gateways.value.stop())
  await gateways.value.keysFetched()
  return ok(gateways.value)
}

/** No job runs in a command, so nothing is told by any. */
const nothing = (): void => undefined

const openBooks = async (
  settings: Settings,
  system: System & { readonly gateways: Gateways },
  opened: AsyncDisposableStack,
): Promise<Books> => {
  const { secrets, encryption, store } = await openBareStore(settings, system, opened)
  const resources = { ...system, settings, secrets, store, shared: shareInProcess({ alone: false }) }
  const container = createContainer({
    ...resources,
    encryption,
    compareBills: compareBillsOf(settings, secrets),
    questionFailed: nothing,
    webhookTrouble: nothing,
    alertTrouble: nothing,
    activity: activityTally(system.clock),
    certificates: () => [],
    brokerTrouble: nothing,
  })
  const log = createLogger('silent')
  const api = openLocalApi(httpDeps({ container, sandbox: undefined, publicUrl: publicUrlOf(settings), log }))
  opened.defer(() => api.close())
  const { codeBatches } = container.get(tokens.readers)
  return {
    api,
    async batchProgress(productId, count) {
      const unfinished = await codeBatches.listOpen(system.clock.now(), 100)
      return unfinished.findLast((batch) => batch.productId === productId && batch.count === count)?.made
    },
  }
}

const openBareStore = async (settings: Settings, { ids }: System, opened: AsyncDisposableStack) => {
  const secrets = loadSecrets(settings, dataDirectory(settings))
  const encryption = createEncryption(secrets.encryptionKeys)
  // The schema is the service's business: another one than this build's is refused.
  const store = await openStore(settings, { encryption, ids, migrate: false })
  opened.defer(() => store.close())
  return { secrets, encryption, store }
}

const openNewFile: OpenNewFile = async (path) => {
  const file = await open(path, 'wx', 0o600).catch(() => undefined)
  return (
    file && {
      async write(parts) {
        for await (const part of parts) await file.write(part)
        await file.sync()
        await file.close()
      },
      async remove() {
        await file.close()
        await unlink(path)
      },
    }
  )
}
