import { dirname, resolve } from 'node:path'
import type { Container } from 'inversify'
import { err, ok, type Result } from 'neverthrow'
import type { Logger } from 'pino'
import type { Clock } from '../application/clock.ts'
import type { Ids } from '../application/ids.ts'
import type { Randomness } from '../application/randomness.ts'
import { createEncryption } from '../adapters/crypto/aes-encryption.ts'
import { createInProcessOrderFeed } from '../adapters/feed/in-process-order-feed.ts'
import { createHttpApp } from '../adapters/http/app.ts'
import { startHttpServer } from '../adapters/http/server.ts'
import { openSqliteStore } from '../adapters/persistence/sqlite-store.ts'
import { type Scheduler, startScheduler } from '../adapters/schedule/interval-scheduler.ts'
import { randomIds } from '../adapters/system/random-ids.ts'
import { systemClock } from '../adapters/system/system-clock.ts'
import { systemRandomness } from '../adapters/system/system-randomness.ts'
import { createLogger } from '../adapters/telemetry/logger.ts'
import { type Settings, unusedSettings, usesSandbox } from './config.ts'
import { createContainer } from './container.ts'
import { prepareDemo } from './demo.ts'
import { openGateways } from './gateways.ts'
import { httpDeps } from './http-deps.ts'
import { openSandbox, type RunningSandbox } from './sandbox.ts'
import { loadSecrets } from './secrets.ts'
import { tokens } from './tokens.ts'

export type Service = {
  readonly origin: string
  readonly container: Container
  readonly sandbox: RunningSandbox | undefined
  /** A cashier link of a fresh demo order; only with the sandbox. */
  readonly demoUrl: string | undefined
  /** Takes no more requests, finishes those in flight and the jobs in hand, closes everything. */
  stop(): Promise<void>
}

export type StartError = { readonly code: 'START_REFUSED'; readonly problems: readonly string[] }

/** Time, ids and randomness: the machine's own, unless a test brings others. */
export type System = { readonly clock: Clock; readonly ids: Ids; readonly randomness: Randomness }

const SYSTEM: System = { clock: systemClock, ids: randomIds, randomness: systemRandomness }
const DRAIN_MS = 10_000
const PURGE_EVERY_MS = 3_600_000
const EXPIRE_CODES_EVERY_MS = 10_000

/** Opens everything in order and serves; what was opened is closed again where a later step refuses. */
export const startService = async (
  settings: Settings,
  system: System = SYSTEM,
): Promise<Result<Service, StartError>> => {
  const opened = new AsyncDisposableStack()
  try {
    const service = await openAll(settings, system, opened)
    if (service.isErr()) await opened.disposeAsync()
    return service
  } catch (error) {
    await opened.disposeAsync()
    throw error
  }
}

/** Where a relative database lies, secrets and the sandbox's books lie beside it. */
export const dataDirectory = ({ DATABASE_URL }: Settings): string =>
  databasePath(DATABASE_URL) === ':memory:' ? resolve('data') : dirname(resolve(databasePath(DATABASE_URL)))

const databasePath = (url: string): string => url.replace(/^sqlite:/, '')

const openAll = async (
  given: Settings,
  system: System,
  opened: AsyncDisposableStack,
): Promise<Result<Service, StartError>> => {
  const log = createLogger(given.LOG_LEVEL)
  const directory = dataDirectory(given)
  const secrets = loadSecrets(given, directory)
  const sandbox = usesSandbox(given) ? await openSandbox(given, directory) : undefined
  opened.defer(() => sandbox?.stop())
  const settings = sandbox?.settings ?? given
  const publicUrl = settings.PUBLIC_URL ?? `http://${settings.HOST}:${settings.PORT}`
  const gateways = await openGateways(settings, { publicUrl, ...system, log: gatewayLog(log) })
  if (gateways.isErr()) return err({ code: 'START_REFUSED', problems: gateways.error })
  opened.defer(() => gateways.value.stop())
  const orderFeed = createInProcessOrderFeed()
  const store = await openSqliteStore({
    path: databasePath(settings.DATABASE_URL),
    encryption: createEncryption(secrets.encryptionKeys),
    ids: system.ids,
    onCommit: (orderIds) => orderFeed.announce(orderIds),
    migrate: settings.AUTO_MIGRATE,
  })
  opened.defer(() => store.close())
  const container = createContainer({ settings, secrets, store, gateways: gateways.value, orderFeed, ...system })
  for (const name of unusedSettings(settings)) log.warn({ setting: name }, 'this version does not use the setting yet')
  return ok(await serve({ container, sandbox, publicUrl, log, opened }))
}

/** Each call to a gateway is one line; one whose outcome is unknown or refused stands out. */
const gatewayLog =
  (log: Logger) =>
  (event: string, facts: Readonly<Record<string, unknown>>): void =>
    isFailure(facts) ? log.warn({ gateway: facts }, event) : log.info({ gateway: facts }, event)

const isFailure = ({ error, reason, outcome = 'ok' }: Readonly<Record<string, unknown>>): boolean =>
  error !== undefined || reason !== undefined || outcome !== 'ok'

type Parts = {
  readonly container: Container
  readonly sandbox: RunningSandbox | undefined
  readonly publicUrl: string
  readonly log: Logger
  readonly opened: AsyncDisposableStack
}

const serve = async (parts: Parts): Promise<Service> => {
  const { container, sandbox, publicUrl, opened } = parts
  const { HOST: host, PORT: port } = container.get(tokens.settings)
  const scheduler = startJobs(parts)
  opened.defer(() => scheduler.stop()) // Stopped after the server, which is the last to be opened.
  const server = await startHttpServer(createHttpApp(httpDeps(parts)), { host, port })
  opened.defer(() => server.stop(DRAIN_MS))
  const demoUrl = sandbox === undefined ? undefined : await demoLink(container, publicUrl)
  return { origin: server.origin, container, sandbox, demoUrl, stop: () => opened.disposeAsync() }
}

const startJobs = ({ container, log }: Parts): Scheduler => {
  const { idempotencyKeys } = container.get(tokens.store)
  const clock = container.get(tokens.clock)
  const everyMs = container.get(tokens.settings).SCHEDULER_TICK_MS
  return startScheduler(
    [
      { name: 'recovery', everyMs, run: container.get(tokens.recoverPayments) },
      { name: 'expiry', everyMs, run: container.get(tokens.expireOrders) },
      { name: 'refunds', everyMs, run: container.get(tokens.dispatchRefunds) },
      { name: 'lapsed-codes', everyMs: EXPIRE_CODES_EVERY_MS, run: container.get(tokens.expireCodes) },
      { name: 'idempotency-keys', everyMs: PURGE_EVERY_MS, run: () => idempotencyKeys.purge(clock.now()) },
    ],
    (job, error) => log.error({ job, err: error }, 'a job failed and will be tried again'),
  )
}

const demoLink = async (container: Container, publicUrl: string): Promise<string> => {
  const { orderId, expiresAt } = await prepareDemo({
    createProduct: container.get(tokens.createProduct),
    adjustInventory: container.get(tokens.adjustInventory),
    createOrder: container.get(tokens.createOrder),
    ids: container.get(tokens.ids),
  })
  return `${publicUrl}/cashier/${orderId}#${container.get(tokens.cashierTokens).issue(orderId, expiresAt)}`
}
