import type { SpanExporter } from '@opentelemetry/sdk-trace'

/** Told when the collector begins to refuse or to stay silent, and when it takes spans again; not of each batch. */
export type TracingTrouble = (trouble: 'lost' | 'back') => void

export const withTrouble = (exporter: SpanExporter, trouble: TracingTrouble): SpanExporter => {
  let lost = false
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        const isLost = result.error !== undefined
        if (isLost !== lost) trouble(isLost ? 'lost' : 'back')
        lost = isLost
        done(result)
      })
    },
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
    shutdown: () => exporter.shutdown(),
  }
}
