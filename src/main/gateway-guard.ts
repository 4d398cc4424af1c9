import type { CircuitState } from '../adapters/gateways/circuit-breaker.ts'
import { createDownloadTransport, type DownloadTransport } from '../adapters/gateways/download-transport.ts'
import { type GuardSettings, guardTransport } from '../adapters/gateways/guarded-transport.ts'
import { createHttpTransport, type HttpTransport } from '../adapters/gateways/http-transport.ts'
import { type RetrySettings, withRetriedQuestions } from '../adapters/gateways/retried-questions.ts'
import type { Clock } from '../application/clock.ts'
import type { FullGateway } from '../application/payments/payment-gateway.ts'
import type { Provider } from '../domain/payment.ts'

export type GuardTimings = GuardSettings & RetrySettings

/** With the default `GATEWAY_TIMEOUT_MS` a caller waits for one slow call, or for a fast failure and one repeat: under 5 s. */
const TIMINGS: GuardTimings = {
  failuresToOpen: 5,
  probeAfterMs: 3000,
  concurrency: 64,
  queue: 128,
  retries: 2,
  firstDelayMs: 100,
  maxDelayMs: 500,
  totalMs: 4800,
}

type Deps = {
  readonly clock: Clock
  readonly log: (event: string, facts: Record<string, unknown>) => void
  readonly timings?: Partial<GuardTimings>
  readonly called?: ((provider: Provider, isAnswered: boolean) => void) | undefined
}

export type GatewayGuard = {
  readonly transport: HttpTransport
  /** Files of the gateway itself. */
  readonly download: DownloadTransport
  /** Files on another host, which may be down while the gateway is not. */
  readonly downloadElsewhere: DownloadTransport
  circuit(): CircuitState
  /** The gateway with its questions repeated where that is worth it. */
  around<G extends FullGateway>(gateway: G): G
  stop(): Promise<void>
}

/** Connections, queue and circuit of one provider's own, so that a dead one holds up no other. */
export const openGuard = (
  provider: Provider,
  timeoutMs: number,
  { clock, log, timings, called }: Deps,
): GatewayGuard => {
  const settings = { ...TIMINGS, ...timings }
  const transport = createHttpTransport({ timeoutMs })
  const download = createDownloadTransport({ connectMs: timeoutMs })
  const { send, guarded, circuit } = guardTransport(transport, {
    ...settings,
    clock,
    called: (isAnswered) => called?.(provider, isAnswered),
    changed: (state) =>
      log('gateway.circuit', { provider, state, ...(state === 'open' ? { reason: 'no answers in a row' } : {}) }),
  })
  return {
    transport: send,
    download: (request) => guarded(() => download(request)),
    downloadElsewhere: download,
    circuit: () => circuit.state,
    around: (gateway) => withRetriedQuestions(gateway, { ...settings, clock, circuit, timeoutMs }),
    stop: async () => void (await Promise.all([transport.close(), download.close()])),
  }
}
