import { AsyncLocalStorage } from 'node:async_hooks'
import { ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import { withoutIdleTurns } from './idle-turns.ts'
import { type TracingTrouble, withTrouble } from './span-exporter.ts'
import type { Tracing, Work } from './tracing.ts'

type Options = {
  /** Where OTLP over HTTP is taken; `/v1/traces` is added. */
  readonly endpoint: string
  readonly headers: Readonly<Record<string, string>>
  readonly serviceName: string
  readonly version: string
  /** Which part of all traces is kept. */
  readonly ratio: number
  readonly trouble: TracingTrouble
  /** How long spans are gathered before they are sent. */
  readonly gatherMs?: number
}

const GATHER_MS = 2000
const EXPORT_MS = 5000
/** What a stop waits for a collector that does not answer. */
const STOP_MS = 2000
const LONGEST_VALUE = 2000

const KINDS = { server: SpanKind.SERVER, client: SpanKind.CLIENT, internal: SpanKind.INTERNAL } as const

/** Sends spans to a collector. Nothing is registered globally: what other code in the process traces is its own. */
export const openOtlpTracing = (options: Options): Tracing => {
  const { provider, around } = { provider: providerOf(options), around: new AsyncLocalStorage<Span>() }
  const tracer = provider.getTracer('shouyin', options.version)
  const start = ({ name, kind, attributes }: Work, parent: Span | undefined): Span =>
    tracer.startSpan(
      name,
      { kind: KINDS[kind], attributes: { ...attributes } },
      parent === undefined ? ROOT_CONTEXT : trace.setSpan(ROOT_CONTEXT, parent),
    )
  return {
    async within(work, run, describe) {
      const parent = around.getStore()
      if (parent === undefined && work.begins !== true) return run()
      const span = start(work, parent)
      try {
        const result = await around.run(span, run)
        const found = describe?.(result)
        if (found?.name !== undefined) span.updateName(found.name)
        if (found !== undefined) span.setAttributes({ ...found.attributes })
        if (found?.failed === true) span.setStatus({ code: SpanStatusCode.ERROR })
        return result
      } catch (error) {
        // Its kind alone: texts of errors may repeat what was sent.
        span.setStatus({ code: SpanStatusCode.ERROR })
        span.setAttribute('error.type', error instanceof Error ? error.name : typeof error)
        throw error
      } finally {
        span.end()
      }
    },
    here() {
      const span = around.getStore()
      return (run) => (span === undefined ? run() : around.run(span, run))
    },
    traceId() {
      const context = around.getStore()?.spanContext()
      return context !== undefined && (context.traceFlags & TraceFlags.SAMPLED) !== 0 ? context.traceId : undefined
    },
    async stop() {
      const { promise: late, resolve } = Promise.withResolvers<void>()
      const timer = setTimeout(resolve, STOP_MS)
      await Promise.race([provider.shutdown().catch(() => undefined), late]) // The exporter has told what is wrong.
      clearTimeout(timer)
    },
  }
}

const providerOf = (options: Options): TracerProvider => {
  const url = `${options.endpoint.replace(/\/$/, '')}/v1/traces`
  const exporter = new OTLPTraceExporter({ url, headers: { ...options.headers }, timeoutMillis: EXPORT_MS })
  const batches = new BatchSpanProcessor({
    exporter: withTrouble(exporter, options.trouble),
    scheduledDelayMillis: options.gatherMs ?? GATHER_MS,
    exportTimeoutMillis: 2 * EXPORT_MS,
  })
  return new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': options.serviceName, 'service.version': options.version }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(options.ratio) }),
    spanLimits: { attributeValueLengthLimit: LONGEST_VALUE },
    spanProcessors: [withoutIdleTurns(batches)],
  })
}
