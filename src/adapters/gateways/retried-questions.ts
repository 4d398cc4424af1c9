import { ExponentialBackoff, handleWhenResult, retry } from 'cockatiel'
import type { Result } from 'neverthrow'
import type { Clock } from '../../application/clock.ts'
import type { FullGateway, GatewayError } from '../../application/payments/payment-gateway.ts'
import type { CircuitBreaker } from './circuit-breaker.ts'

export type RetrySettings = {
  readonly retries: number
  readonly firstDelayMs: number
  readonly maxDelayMs: number
  /** A question is not repeated where that could last longer than this, counted from its beginning. */
  readonly totalMs: number
}

type Deps = RetrySettings & {
  readonly clock: Clock
  readonly circuit: CircuitBreaker
  /** How long one call may take. */
  readonly timeoutMs: number
}

/**
 * Repeats questions that found no answer, with growing and jittered pauses. Questions alone: they change nothing. A
 * trade, a close or a refund whose outcome is unknown belongs to recovery, which asks before it repeats.
 */
export const withRetriedQuestions = <G extends FullGateway>(gateway: G, deps: Deps): G => ({
  ...gateway,
  query: (outTradeNo) => retried(deps, () => gateway.query(outTradeNo)),
  queryRefund: (key) => retried(deps, () => gateway.queryRefund(key)),
})

const retried = <T>(deps: Deps, ask: () => Promise<Result<T, GatewayError>>): Promise<Result<T, GatewayError>> => {
  const { clock, circuit, timeoutMs, retries, firstDelayMs, maxDelayMs, totalMs } = deps
  const latestMs = clock.monotonicMs() + totalMs - timeoutMs - maxDelayMs
  const isWorthRepeating = (answer: unknown): boolean =>
    isUnanswered(answer as Result<T, GatewayError>) && // The policy does not know what it runs.
    circuit.state === 'closed' &&
    clock.monotonicMs() <= latestMs
  const backoff = new ExponentialBackoff({ initialDelay: firstDelayMs, maxDelay: maxDelayMs })
  return retry(handleWhenResult(isWorthRepeating), { maxAttempts: retries, backoff }).execute(ask)
}

const isUnanswered = (answer: Result<unknown, GatewayError>): boolean =>
  answer.isErr() && answer.error.code === 'GATEWAY_UNAVAILABLE'
