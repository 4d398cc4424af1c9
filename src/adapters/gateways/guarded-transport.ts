import { bulkhead, BulkheadRejectedError } from 'cockatiel'
import { err } from 'neverthrow'
import type { Clock } from '../../application/clock.ts'
import {
  type CircuitBreaker,
  type CircuitSettings,
  type CircuitState,
  createCircuitBreaker,
} from './circuit-breaker.ts'
import type { HttpTransport } from './http-transport.ts'

export type GuardSettings = CircuitSettings & {
  /** Calls under way at once; one gateway that hangs must not hold every connection and all memory. */
  readonly concurrency: number
  /** Calls that may wait for their turn; further ones are refused at once. */
  readonly queue: number
}

export type GuardedTransport = { readonly send: HttpTransport; readonly circuit: CircuitBreaker }

type Deps = GuardSettings & {
  readonly clock: Clock
  readonly changed: (state: CircuitState) => void
}

/**
 * Sends through a circuit breaker and a bounded queue of this gateway's own. Here and not around the gateway's
 * operations, because only here it is known whether the gateway answered at all: a signed "balance too low" leaves a
 * refund as open as a timeout does, and an Alipay page is made without any call.
 */
export const guardTransport = (send: HttpTransport, { clock, changed, ...settings }: Deps): GuardedTransport => {
  const circuit = createCircuitBreaker({ ...settings, clock, changed })
  const turns = bulkhead(settings.concurrency, settings.queue)
  return {
    circuit,
    async send(request) {
      try {
        return await turns.execute(() => (circuit.admits() ? counted(circuit, () => send(request)) : CIRCUIT_OPEN))
      } catch (error) {
        if (error instanceof BulkheadRejectedError) return TOO_MANY_CALLS
        throw error
      }
    },
  }
}

const CIRCUIT_OPEN = err({ code: 'GATEWAY_UNAVAILABLE', reason: 'circuit open' } as const)
const TOO_MANY_CALLS = err({ code: 'GATEWAY_UNAVAILABLE', reason: 'too many calls under way' } as const)

type Sent = ReturnType<HttpTransport>

const counted = async (circuit: CircuitBreaker, call: () => Sent): Sent => {
  let answered = false
  try {
    const answer = await call()
    // Whatever it says: even a refusal, or "too many requests", comes from a gateway that is there.
    answered = answer.isOk() && answer.value.status < 500
    return answer
  } finally {
    if (answered) circuit.succeeded()
    else circuit.failed()
  }
}
