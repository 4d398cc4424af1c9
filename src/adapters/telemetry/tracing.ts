/** Values of our own words and counts: nothing that was sent, no id of a person, no value of a query. */
export type Attributes = Readonly<Record<string, string | number | boolean>>

export type SpanKind = 'server' | 'client' | 'internal'

export type Work = {
  readonly name: string
  readonly kind: SpanKind
  readonly attributes: Attributes
  /** Whether it begins a trace where there is none; anything else is only worth a span as a part of something. */
  readonly begins?: boolean
}

/** What work says of itself when it is over. */
export type Finding = { readonly name?: string; readonly attributes: Attributes; readonly failed: boolean }

/** Runs work within spans, of which each is a child of the one around it. */
export interface Tracing {
  within<T>(work: Work, run: () => Promise<T>, describe?: (result: T) => Finding): Promise<T>
  /** Runs something within what is the span around this very call, wherever it is run. */
  here(): <T>(run: () => T) => T
  /** Of the trace around this call, where somebody will be able to look it up. */
  traceId(): string | undefined
  /** Sends what has been gathered, for a moment at most. */
  stop(): Promise<void>
}

/** Runs the work and nothing else. */
export const noTracing: Tracing = {
  within: (_, run) => run(),
  here: () => (run) => run(),
  traceId: () => undefined,
  stop: async () => undefined,
}
