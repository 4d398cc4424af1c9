import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { Provider } from '../../domain/payment.ts'

const ANSWERS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const TURNS = [0.001, 0.01, 0.1, 0.5, 1, 5, 30, 120, 600]

/** A call that was answered; `route` is the pattern that took it, of which there are as many as routes. */
export type MeasuredRequest = {
  readonly method: string
  readonly route: string | undefined
  readonly status: number
  readonly durationMs: number
}

export type MeasuredCall = {
  readonly provider: Provider
  readonly operation: string
  /** `unsent`: refused by our own circuit or queue. */
  readonly outcome: 'ok' | 'refused' | 'unavailable' | 'unsent'
  readonly seconds: number
}

export type MeasuredTurn = {
  readonly job: string
  readonly ok: boolean
  readonly seconds: number
  readonly endedAt: Date
}

/** What goes in and out of this process, and what it does by itself. */
export const createTrafficMetrics = (register: Registry) => {
  const registers = [register]
  const requests = new Counter({
    name: 'shouyin_http_requests_total',
    help: 'Answered requests by route and status',
    labelNames: ['method', 'route', 'status'],
    registers,
  })
  const durations = new Histogram({
    name: 'shouyin_http_request_duration_seconds',
    help: 'Time to the end of the answer; event streams last as long as their page is open',
    labelNames: ['method', 'route'],
    buckets: ANSWERS,
    registers,
  })
  const callbacks = new Counter({
    name: 'shouyin_callbacks_total',
    help: 'Messages of gateways by the address they came to and what became of them',
    labelNames: ['provider', 'kind', 'verdict'],
    registers,
  })
  const calls = new Histogram({
    name: 'shouyin_gateway_call_duration_seconds',
    help: 'Calls to gateways by outcome, repeats of a question included; unsent: refused by our own circuit or queue',
    labelNames: ['provider', 'operation', 'outcome'],
    buckets: ANSWERS,
    registers,
  })
  const turns = new Histogram({
    name: 'shouyin_job_duration_seconds',
    help: 'Turns of jobs in this process',
    labelNames: ['job'],
    buckets: TURNS,
    registers,
  })
  const failures = new Counter({
    name: 'shouyin_job_failures_total',
    help: 'Turns of jobs that failed and are tried again',
    labelNames: ['job'],
    registers,
  })
  const lastSuccess = new Gauge({
    name: 'shouyin_job_last_success_timestamp_seconds',
    help: 'When a turn of this job last came to its end in this process',
    labelNames: ['job'],
    registers,
  })
  return {
    request: ({ method, route, status, durationMs }: MeasuredRequest): void => {
      // Of what no route took neither path nor method is ours to keep.
      const labels = route === undefined ? { method: 'other', route: 'none' } : { method, route }
      requests.inc({ ...labels, status })
      durations.observe(labels, durationMs / 1000)
    },
    callback: (provider: Provider, kind: string, verdict: string): void => callbacks.inc({ provider, kind, verdict }),
    call: ({ seconds, ...labels }: MeasuredCall): void => calls.observe(labels, seconds),
    turn: ({ job, ok, seconds, endedAt }: MeasuredTurn): void => {
      turns.observe({ job }, seconds)
      if (ok) lastSuccess.set({ job }, endedAt.getTime() / 1000)
      else failures.inc({ job })
    },
  }
}
