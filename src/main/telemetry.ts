import type { Logger } from 'pino'
import type { HttpDeps } from '../adapters/http/app.ts'
import type { WatchStatements } from '../adapters/persistence/executor.ts'
import type { Store } from '../adapters/persistence/store.ts'
import type { Job } from '../adapters/schedule/interval-scheduler.ts'
import { createLogContext } from '../adapters/telemetry/log-context.ts'
import { createLogger } from '../adapters/telemetry/logger.ts'
import { createMetrics } from '../adapters/telemetry/metrics.ts'
import { tracedRequests } from '../adapters/telemetry/traced-requests.ts'
import { tracedStatements } from '../adapters/telemetry/traced-statements.ts'
import { tracedUseCases } from '../adapters/telemetry/traced-use-cases.ts'
import { noTracing, type Tracing } from '../adapters/telemetry/tracing.ts'
import { watchedGateway } from '../adapters/telemetry/watched-gateway.ts'
import { watchedJob } from '../adapters/telemetry/watched-job.ts'
import { watchedTransaction } from '../adapters/telemetry/watched-transaction.ts'
import type { Clock } from '../application/clock.ts'
import type { FullGateway } from '../application/payments/payment-gateway.ts'
import type { Settings } from './config.ts'
import type { OpenGateways } from './gateways.ts'
import type { UseCases } from './tokens.ts'
import { VERSION } from './version.ts'

/** What this process tells of itself, and how each part of it is watched for that. */
export type Telemetry = {
  readonly log: Logger
  gateway<G extends FullGateway>(gateway: G): G
  /** Whose calls are held back is told from then on. */
  gatewaysOpened(gateways: OpenGateways): void
  /** Missing where no statement is followed. */
  readonly statements: WatchStatements | undefined
  store(store: Store): Store
  job(job: Job): Job
  useCases(useCases: UseCases): UseCases
  readonly http: Pick<HttpDeps, 'onRequest' | 'onVerdict' | 'metrics' | 'tracing'>
  stop(): Promise<void>
}

export type LogDestination = { write(line: string): void }

export const openTelemetry = async (
  settings: Settings,
  { clock, logTo }: { readonly clock: Clock; readonly logTo?: LogDestination },
): Promise<Telemetry> => {
  const context = createLogContext()
  let tracing = noTracing
  const log = createLogger(settings.LOG_LEVEL, {
    ...(logTo && { destination: logTo }),
    fields: () => {
      const traceId = tracing.traceId()
      return traceId === undefined ? context.fields() : { ...context.fields(), traceId }
    },
  })
  tracing = await openTracing(settings, log)
  const metrics = createMetrics({ clock, version: VERSION })
  const { METRICS_TOKEN: token } = settings
  return {
    log,
    gateway: (gateway) => watchedGateway(gateway, { clock, tracing, called: metrics.call }),
    gatewaysOpened: (gateways) =>
      metrics.watchCircuits((provider) => {
        const state = gateways.circuitOf(provider)
        return state && state !== 'closed'
      }),
    statements: tracing === noTracing ? undefined : (on) => tracedStatements(on, tracing),
    store(store) {
      metrics.watchBacklog(store.backlog)
      return { ...store, transaction: watchedTransaction(store.transaction, { clock, tracing, ended: metrics.unit }) }
    },
    job: (job) => watchedJob(job, { clock, tracing, turned: metrics.turn }),
    useCases: (useCases) => (tracing === noTracing ? useCases : tracedUseCases(useCases, tracing)),
    http: {
      onRequest: metrics.request,
      onVerdict: (provider, verdict, kind) => metrics.callback(provider, kind, verdict),
      metrics: { contentType: metrics.contentType, text: () => metrics.text(), token },
      tracing: tracedRequests(tracing, context),
    },
    stop: () => tracing.stop(),
  }
}

/** Without an address to send spans to, none are made, and what makes them is not even loaded. */
const openTracing = async (settings: Settings, log: Logger): Promise<Tracing> => {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } = settings
  if (endpoint === undefined) return noTracing
  const { openOtlpTracing } = await import('../adapters/telemetry/otlp-tracing.ts')
  return openOtlpTracing({
    endpoint,
    headers: settings.OTEL_EXPORTER_OTLP_HEADERS,
    serviceName: settings.OTEL_SERVICE_NAME,
    version: VERSION,
    ratio: settings.OTEL_TRACES_SAMPLER_ARG,
    trouble: (trouble) =>
      trouble === 'lost'
        ? log.warn('the collector of traces takes none')
        : log.info('the collector takes traces again'),
  })
}
