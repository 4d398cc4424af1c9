import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { BacklogReader } from '../../application/backlog.ts'
import type { Clock } from '../../application/clock.ts'
import { type Provider, PROVIDERS } from '../../domain/payment.ts'
import { createBacklogGauges } from './backlog-gauges.ts'
import { createBooksMetrics } from './books-metrics.ts'
import { createTrafficMetrics } from './traffic-metrics.ts'
import type { EndedUnit } from './watched-transaction.ts'

export type Metrics = ReturnType<typeof createTrafficMetrics> & {
  readonly contentType: string
  readonly unit: (ended: EndedUnit) => void
  /** Reads what waits whenever the metrics are read. */
  watchBacklog(backlog: BacklogReader): void
  /** Reads whether the calls to a gateway are held back whenever the metrics are read. */
  watchCircuits(isOpen: (provider: Provider) => boolean | undefined): void
  /** All of them, in the text format of Prometheus. */
  text(): Promise<string>
}

/** Everything that is measured in this process. */
export const createMetrics = ({ clock, version }: { readonly clock: Clock; readonly version: string }): Metrics => {
  const register = new Registry()
  const before: (() => Promise<void>)[] = []
  new Gauge({
    name: 'shouyin_build_info',
    help: 'Which version runs',
    labelNames: ['version'],
    registers: [register],
  }).set({ version }, 1)
  return {
    ...createTrafficMetrics(register),
    unit: createBooksMetrics(register, clock),
    contentType: register.contentType,
    watchBacklog: (backlog) => void before.push(createBacklogGauges(register, { backlog, clock })),
    watchCircuits: (isOpen) => void before.push(createCircuitGauge(register, isOpen)),
    async text() {
      await Promise.all(before.map((bring) => bring()))
      return (await Promise.all([register.metrics(), ofProcess().metrics()])).join('\n')
    },
  }
}

const createCircuitGauge = (
  register: Registry,
  isOpen: (provider: Provider) => boolean | undefined,
): (() => Promise<void>) => {
  const gauge = new Gauge({
    name: 'shouyin_gateway_circuit_open',
    help: 'Whether calls to this gateway are held back because it did not answer',
    labelNames: ['provider'],
    registers: [register],
  })
  return async () => {
    for (const provider of PROVIDERS) {
      const open = isOpen(provider)
      if (open !== undefined) gauge.set({ provider }, open ? 1 : 0)
    }
  }
}

let processMetrics: Registry | undefined

/** Memory, processor time, event loop and the like: of the process, whatever runs in it, and never given up again. */
const ofProcess = (): Registry => {
  if (processMetrics !== undefined) return processMetrics
  processMetrics = new Registry()
  collectDefaultMetrics({ register: processMetrics })
  return processMetrics
}
