import { dirname, resolve } from 'node:path'
import type { Container } from 'inversify'
import { err, ok, type Result } from 'neverthrow'
import type { Logger } from 'pino'
import type { Clock } from '../application/clock.ts'
import type { Ids } from '../application/ids.ts'
import type { Randomness } from '../application/randomness.ts'
import { createEncryption } from '../adapters/crypto/aes-encryption.ts'
import { createHttpApp, createWorkerApp } from '../adapters/http/app.ts'
import { startHttpServer } from '../adapters/http/server.ts'
import type { Scheduler } from '../adapters/schedule/interval-scheduler.ts'
import { randomIds } from '../adapters/system/random-ids.ts'
import { systemClock } from '../adapters/system/system-clock.ts'
import { systemRandomness } from '../adapters/system/system-randomness.ts'
import { createLogger } from '../adapters/telemetry/logger.ts'
import { publicUrlOf, type Settings, unusedSettings, usesSandbox } from './config.ts'
import { brokerLog } from './bind-broker.ts'
import { webhookLog } from './bind-webhooks.ts'
import { createContainer } from './container.ts'
import { prepareDemo } from './demo.ts'
import type { GuardTimings } from './gateway-guard.ts'
import { type OpenGateways, openGateways } from './gateways.ts'
import { httpDeps } from './http-deps.ts'
import { openSandbox, type RunningSandbox, settingsBesideSandbox } from './sandbox.ts'
import { startJobs } from './jobs.ts'
import { databaseFile, openStore } from './open-store.ts'
import { loadSecrets } from './secrets.ts'
import { redisLog, type Shared, shareInProcess, shareOverRedis } from './shared.ts'
import { tokens } from './tokens.ts'

export type Service = {
  readonly role: Role
  readonly origin: string
  readonly container: Container
  readonly gateways: OpenGateways
  readonly sandbox: RunningSandbox | undefined
  /** A cashier link of a fresh demo order; only with the sandbox. */
  readonly demoUrl: string | undefined
  /** Takes no more requests, finishes those in flight and the jobs in hand, closes everything. */
  stop(): Promise<void>
}

/** What a process does: answer requests, do what is due by itself, or both. */
export type Role = 'all' | 'serve' | 'worker'

export type StartError = { readonly code: 'START_REFUSED'; readonly problems: readonly string[] }

/** Time, ids and randomness: the machine's own, unless a test brings others. */
export type System = {
  readonly clock: Clock
  readonly ids: Ids
  readonly randomness: Randomness
  /** How soon a gateway that does not answer is left alone, and for how long. */
  readonly timings?: Partial<GuardTimings>
}

export const SYSTEM: System = { clock: systemClock, ids: randomIds, randomness: systemRandomness }
const DRAIN_MS = 10_000
const WEBHOOK_GRACE_MS = 2_000
const BROKER_GRACE_MS = 2_000

/** Opens everything in order and serves; what was opened is closed again where a later step refuses. */
export const startService = async (
  settings: Settings,
  system: System = SYSTEM,
  role: Role = 'all',
): Promise<Result<Service, StartError>> => {
  const opened = new AsyncDisposableStack()
  try {
    const service = await openAll(settings, { ...system, role }, opened)
    if (service.isErr()) await opened.disposeAsync()
    return service
  } catch (error) {
    await opened.disposeAsync()
    throw error
  }
}

/** Secrets and the sandbox's books lie beside an embedded database, else in the folder where it would be. */
export const dataDirectory = (settings: Settings): string => {
  const path = databaseFile(settings) ?? ':memory:'
  return path === ':memory:' ? resolve('data') : dirname(resolve(path))
}

const openAll = async (
  given: Settings,
  { role, ...system }: System & { readonly role: Role },
  opened: AsyncDisposableStack,
): Promise<Result<Service, StartError>> => {
  const log = createLogger(given.LOG_LEVEL)
  const directory = dataDirectory(given)
  const secrets = loadSecrets(given, directory)
  const sandbox = usesSandbox(given) && role !== 'worker' ? await openSandbox(given, directory) : undefined
  opened.defer(() => sandbox?.stop())
  const settings = sandbox?.settings ?? (usesSandbox(given) ? await settingsBesideSandbox(given, directory) : given)
  const publicUrl = publicUrlOf(settings)
  const gateways = await openGateways(settings, { publicUrl, ...system, log: gatewayLog(log) })
  if (gateways.isErr()) return err({ code: 'START_REFUSED', problems: gateways.error })
  opened.defer(() => gateways.value.stop())
  const shared = await openShared(settings, role, log)
  opened.defer(() => shared.close())
  const store = await openStore(settings, {
    encryption: createEncryption(secrets.encryptionKeys),
    ids: system.ids,
    onCommit: (orderIds) => shared.changed(orderIds),
    migrate: settings.AUTO_MIGRATE,
  })
  opened.defer(() => store.close())
  const questionFailed = (error: unknown): void => log.error({ err: error }, 'a watched order could not be asked about')
  const resources = {
    settings,
    secrets,
    store,
    gateways: gateways.value,
    shared,
    questionFailed,
    webhookTrouble: webhookLog(log),
    brokerTrouble: brokerLog(log),
  }
  const container = createContainer({ ...resources, ...system })
  for (const name of unusedSettings(settings)) log.warn({ setting: name }, 'this version does not use the setting yet')
  return ok(await run({ role, container, gateways: gateways.value, sandbox, publicUrl, log, opened }))
}

/** Who does everything on a file needs no other process, so there is none but commands. */
const openShared = async (settings: Settings, role: Role, log: Logger): Promise<Shared> =>
  settings.REDIS_URL === undefined
    ? shareInProcess({ alone: role === 'all' && databaseFile(settings) !== undefined })
    : shareOverRedis({ url: settings.REDIS_URL, report: redisLog(log) })

/** Each call to a gateway is one line; one whose outcome is unknown or refused stands out. */
const gatewayLog =
  (log: Logger) =>
  (event: string, facts: Readonly<Record<string, unknown>>): void =>
    isFailure(facts) ? log.warn({ gateway: facts }, event) : log.info({ gateway: facts }, event)

const isFailure = ({ error, reason, outcome = 'ok' }: Readonly<Record<string, unknown>>): boolean =>
  error !== undefined || reason !== undefined || outcome !== 'ok'

type Parts = {
  readonly role: Role
  readonly container: Container
  readonly gateways: OpenGateways
  readonly sandbox: RunningSandbox | undefined
  readonly publicUrl: string
  readonly log: Logger
  readonly opened: AsyncDisposableStack
}

const run = async (parts: Parts): Promise<Service> => {
  const { role, container, gateways, sandbox, publicUrl, opened, log } = parts
  const { HOST: host, PORT: port } = container.get(tokens.settings)
  opened.defer(() => stopWebhooks(container))
  const jobs = startJobs(container, role, log)
  opened.defer(() => container.get(tokens.orderWatcher).idle())
  opened.defer(() => stopJobs(jobs, container)) // Stopped after the server, which is the last to be opened.
  const app = role === 'worker' ? createWorkerApp(httpDeps(parts)) : createHttpApp(httpDeps(parts))
  const server = await startHttpServer(app, { host, port })
  opened.defer(() => server.stop(DRAIN_MS))
  const demoUrl = sandbox === undefined ? undefined : await demoLink(container, publicUrl)
  return { role, origin: server.origin, container, gateways, sandbox, demoUrl, stop: () => opened.disposeAsync() }
}

/** An event whose publication is broken off is published later. */
const stopJobs = async (jobs: Scheduler, container: Container): Promise<void> => {
  const broker = container.get(tokens.broker)
  const patience = setTimeout(() => void broker.close(), BROKER_GRACE_MS)
  await jobs.stop()
  clearTimeout(patience)
  await broker.close()
}

/** A webhook that is broken off is sent again later under the same id. */
const stopWebhooks = async (container: Container): Promise<void> => {
  const webhooks = container.get(tokens.deliverWebhooks)
  const sender = container.get(tokens.webhookSender)
  webhooks.stop()
  const patience = setTimeout(() => void sender.close(), WEBHOOK_GRACE_MS)
  await webhooks.settled()
  clearTimeout(patience)
  await sender.close()
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
