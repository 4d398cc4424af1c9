import { bulkhead, BulkheadRejectedError } from 'cockatiel'
import { err, type Result } from 'neverthrow'
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

/** Any call that ends with an answer of the gateway, or without one. */
type Call<A> = () => Promise<Result<A, { readonly code: 'GATEWAY_UNAVAILABLE'; readonly reason: string }>>
type WithStatus = { readonly status: number }

export type GuardedTransport = {
  readonly send: HttpTransport
  /** Another kind of call of the same gateway, behind the same circuit and in the same queue until it is answered. */
  readonly guarded: <A extends WithStatus>(call: Call<A>) => ReturnType<Call<A>>
  readonly circuit: CircuitBreaker
}

type Deps = GuardSettings & {
  readonly clock: Clock
  readonly changed: (state: CircuitState) => void
  /** Told of every call that left, and whether the gateway answered. */
  readonly called?: ((isAnswered: boolean) => void) | undefined
}

/**
 * Sends through a circuit breaker and a bounded queue of this gateway's own. Here and not around the gateway's
 * operations, because only here it is known whether the gateway answered at all: a signed "balance too low" leaves a
 * refund as open as a timeout does, and an Alipay page is made without any call.
 */
export const guardTransport = (
  send: HttpTransport,
  { clock, changed, called, ...settings }: Deps,
): GuardedTransport => {
  const circuit = createCircuitBreaker({ ...settings, clock, changed })
  const turns = bulkhead(settings.concurrency, settings.queue)
  const guarded: GuardedTransport['guarded'] = async (call) => {
    try {
      return await turns.execute(() => (circuit.admits() ? counted({ circuit, called }, call) : CIRCUIT_OPEN))
    } catch (error) {
      if (error instanceof BulkheadRejectedError) return TOO_MANY_CALLS
      throw error
    }
  }
  return { circuit, guarded, send: (request) => guarded(() => send(request)) }
}

const CIRCUIT_OPEN = err({ code: 'GATEWAY_UNAVAILABLE', reason: 'circuit open' } as const)
const TOO_MANY_CALLS = err({ code: 'GATEWAY_UNAVAILABLE', reason: 'too many calls under way' } as const)

const counted = async <A extends WithStatus>(
  { circuit, called }: { readonly circuit: CircuitBreaker } & Pick<Deps, 'called'>,
  call: Call<A>,
): ReturnType<Call<A>> => {
  let answered = false
  try {
    const answer = await call()
    // Whatever it says: even a refusal, or "too many requests", comes from a gateway that is there.
    answered = answer.isOk() && answer.value.status < 500
    return answer
  } finally {
    if (answered) circuit.succeeded()
    else circuit.failed()
    called?.(answered)
  }
}
