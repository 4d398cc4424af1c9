import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace'
import { DONE, TURN } from './turn-attributes.ts'

/** A turn that is longer than this has certainly done something. */
const MOST_HELD = 500

/** Jobs look for work many times a second; traces of turns that found none would bury all others. */
export const withoutIdleTurns = (next: SpanProcessor): SpanProcessor => {
  const turns = new Map<string, ReadableSpan[]>()
  const release = (traceId: string): void => {
    for (const span of turns.get(traceId) ?? []) next.onEnd(span)
    turns.delete(traceId)
  }
  return {
    onStart(span, context) {
      if (span.parentSpanContext === undefined && TURN in span.attributes) turns.set(span.spanContext().traceId, [])
      next.onStart(span, context)
    },
    onEnd(span) {
      const { traceId } = span.spanContext()
      const held = turns.get(traceId)
      if (held === undefined) return next.onEnd(span)
      held.push(span)
      const isOver = span.parentSpanContext === undefined
      if (held.length > MOST_HELD || (isOver && held.some(isWork))) release(traceId)
      else if (isOver) turns.delete(traceId)
    },
    forceFlush: () => next.forceFlush(),
    shutdown: () => next.shutdown(),
  }
}

/** Something failed, something was done, or somebody was asked. */
const isWork = ({ status, attributes, kind }: ReadableSpan): boolean =>
  status.code === SpanStatusCode.ERROR || Number(attributes[DONE] ?? 0) > 0 || kind === SpanKind.CLIENT
