import type { Container } from 'inversify'
import { err, ok, type Result } from 'neverthrow'
import type { Logger } from 'pino'
import { activityTally } from '../application/alerts/activity.ts'
import { chainEarlierEntries } from '../application/audit/chain-earlier-entries.ts'
import type { Clock } from '../application/clock.ts'
import type { Ids } from '../application/ids.ts'
import type { FullGateway } from '../application/payments/payment-gateway.ts'
import type { Randomness } from '../application/randomness.ts'
import { createEncryption } from '../adapters/crypto/aes-encryption.ts'
import { createHttpApp, createWorkerApp } from '../adapters/http/app.ts'
import { startHttpServer } from '../adapters/http/server.ts'
import type { Scheduler } from '../adapters/schedule/interval-scheduler.ts'
import { randomIds } from '../adapters/system/random-ids.ts'
import { systemClock } from '../adapters/system/system-clock.ts'
import { systemRandomness } from '../adapters/system/system-randomness.ts'
import { publicUrlOf, type Settings, usesSandbox } from './config.ts'
import { alertLog } from './bind-alerts.ts'
import { brokerLog } from './bind-broker.ts'
import { webhookLog } from './bind-webhooks.ts'
import { createContainer } from './container.ts'
import { dataDirectory } from './data-directory.ts'
import { prepareDemo } from './demo.ts'
import type { GuardTimings } from './gateway-guard.ts'
import { gatewayLog } from './gateway-log.ts'
import { type OpenGateways, openGateways } from './gateways.ts'
import { httpDeps } from './http-deps.ts'
import { openSandbox, type RunningSandbox, settingsBesideSandbox } from './sandbox.ts'
import { startJobs } from './jobs.ts'
import { compareBillsOf, databaseFile, openStore } from './open-store.ts'
import { loadSecrets } from './secrets.ts'
import { redisLog, type Shared, shareInProcess, shareOverRedis } from './shared.ts'
import { type LogDestination, openTelemetry, type Telemetry } from './telemetry.ts'
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
  /** Where lines of the log go; by default to the standard output. */
  readonly logTo?: LogDestination
}

export const SYSTEM: System = { clock: systemClock, ids: randomIds, randomness: systemRandomness }
const DRAIN_MS = 10_000
const WEBHOOK_GRACE_MS = 2_000
const BROKER_GRACE_MS = 2_000
const ALERT_GRACE_MS = 2_000

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

const openAll = async (
  given: Settings,
  { role, ...system }: System & { readonly role: Role },
  opened: AsyncDisposableStack,
): Promise<Result<Service, StartError>> => {
  const telemetry = await openTelemetry(given, system)
  opened.defer(() => telemetry.stop())
  const { log } = telemetry
  const directory = dataDirectory(given)
  const secrets = loadSecrets(given, directory)
  const sandbox = usesSandbox(given) && role !== 'worker' ? await openSandbox(given, directory) : undefined
  opened.defer(() => sandbox?.stop())
  const settings = sandbox?.settings ?? (usesSandbox(given) ? await settingsBesideSandbox(given, directory) : given)
  const publicUrl = publicUrlOf(settings)
  const activity = activityTally(system.clock)
  const called = (provider: string, isAnswered: boolean): void => activity.count('calls', provider, !isAnswered)
  const watched = (gateway: FullGateway) => telemetry.gateway(gateway)
  const gateways = await openGateways(settings, { publicUrl, ...system, log: gatewayLog(log), called, watched })
  if (gateways.isErr()) return err({ code: 'START_REFUSED', problems: gateways.error })
  opened.defer(() => gateways.value.stop())
  telemetry.gatewaysOpened(gateways.value)
  const shared = await openShared(settings, role, log)
  opened.defer(() => shared.close())
  const encryption = createEncryption(secrets.encryptionKeys)
  const store = await openStore(settings, {
    encryption,
    ids: system.ids,
    onCommit: (orderIds) => shared.changed(orderIds),
    migrate: settings.AUTO_MIGRATE,
    ...(telemetry.statements && { watched: telemetry.statements }),
  })
  opened.defer(() => store.close())
  await chainEarlierEntries(store)()
  const questionFailed = (error: unknown): void => log.error({ err: error }, 'a watched order could not be asked about')
  const resources = {
    settings,
    secrets,
    store: telemetry.store(store),
    gateways: gateways.value,
    shared,
    encryption,
    compareBills: compareBillsOf(settings, secrets),
    questionFailed,
    webhookTrouble: webhookLog(log),
    alertTrouble: alertLog(log),
    activity,
    certificates: () => gateways.value.certificates(),
    brokerTrouble: brokerLog(log),
  }
  const container = createContainer({ ...resources, ...system })
  return ok(await run({ role, container, gateways: gateways.value, sandbox, publicUrl, log, telemetry, opened }))
}

/** Who does everything on a file needs no other process, so there is none but commands. */
const openShared = async (settings: Settings, role: Role, log: Logger): Promise<Shared> =>
  settings.REDIS_URL === undefined
    ? shareInProcess({ alone: role === 'all' && databaseFile(settings) !== undefined })
    : shareOverRedis({ url: settings.REDIS_URL, report: redisLog(log) })

type Parts = {
  readonly role: Role
  readonly container: Container
  readonly gateways: OpenGateways
  readonly sandbox: RunningSandbox | undefined
  readonly publicUrl: string
  readonly log: Logger
  readonly telemetry: Telemetry
  readonly opened: AsyncDisposableStack
}

const run = async (parts: Parts): Promise<Service> => {
  const { role, container, gateways, sandbox, publicUrl, opened, log, telemetry } = parts
  const { HOST: host, PORT: port } = container.get(tokens.settings)
  opened.defer(() => stopWebhooks(container))
  const jobs = startJobs(container, { role, log, watched: (job) => telemetry.job(job) })
  opened.defer(() => container.get(tokens.orderWatcher).idle())
  opened.defer(() => stopJobs(jobs, container)) // Stopped after the server, which is the last to be opened.
  const app = role === 'worker' ? createWorkerApp(httpDeps(parts)) : createHttpApp(httpDeps(parts))
  const server = await startHttpServer(app, { host, port })
  opened.defer(() => server.stop(DRAIN_MS))
  const demoUrl = sandbox === undefined ? undefined : await demoLink(container, publicUrl)
  return { role, origin: server.origin, container, gateways, sandbox, demoUrl, stop: () => opened.disposeAsync() }
}

/** An event whose publication is broken off is published later, and news of an alert is sent later. */
const stopJobs = async (jobs: Scheduler, container: Container): Promise<void> => {
  const broker = container.get(tokens.broker)
  const patience = [
    setTimeout(() => void broker.close(), BROKER_GRACE_MS),
    setTimeout(() => void closeAlerts(container), ALERT_GRACE_MS),
  ]
  await jobs.stop()
  for (const timer of patience) clearTimeout(timer)
  await Promise.all([broker.close(), closeAlerts(container)])
}

const closeAlerts = (container: Container): Promise<unknown> =>
  Promise.all(container.get(tokens.alertSenders).map((sender) => sender.close()))

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
