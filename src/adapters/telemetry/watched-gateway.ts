import type { Result } from 'neverthrow'
import type { Clock } from '../../application/clock.ts'
import type { FullGateway } from '../../application/payments/payment-gateway.ts'
import type { Tracing } from './tracing.ts'
import type { MeasuredCall } from './traffic-metrics.ts'

type Deps = { readonly clock: Clock; readonly tracing: Tracing; readonly called: (call: MeasuredCall) => void }

/** Reasons of our own not to send anything. */
const UNSENT: ReadonlySet<string> = new Set(['circuit open', 'too many calls under way'])

/** Tells how long each call to a gateway took and how it ended; no word of what was said. */
export const watchedGateway = <G extends FullGateway>(gateway: G, { clock, tracing, called }: Deps): G => {
  const { provider, fundFlow } = gateway
  const timed = async <T, E>(operation: string, call: () => Promise<Result<T, E>>): Promise<Result<T, E>> => {
    const startedAt = clock.monotonicMs()
    const attributes = { 'shouyin.provider': provider, 'shouyin.operation': operation }
    const work = { name: `${provider} ${operation}`, kind: 'client', attributes } as const
    const result = await tracing.within(work, call, (found) => {
      const outcome = outcomeOf(found)
      return { attributes: { 'shouyin.outcome': outcome }, failed: outcome === 'unavailable' || outcome === 'unsent' }
    })
    called({ provider, operation, outcome: outcomeOf(result), seconds: (clock.monotonicMs() - startedAt) / 1000 })
    return result
  }
  return {
    ...gateway,
    create: (trade) => timed('create', () => gateway.create(trade)),
    query: (outTradeNo) => timed('query', () => gateway.query(outTradeNo)),
    close: (outTradeNo) => timed('close', () => gateway.close(outTradeNo)),
    refund: (order) => timed('refund', () => gateway.refund(order)),
    queryRefund: (key) => timed('query_refund', () => gateway.queryRefund(key)),
    downloadBill: (day) => timed('bill', () => gateway.downloadBill(day)),
    fundFlow: fundFlow && { downloadFundFlow: (day) => timed('fund_flow', () => fundFlow.downloadFundFlow(day)) },
  }
}

/** Whatever the gateway answered is an answer; only silence and what can't be trusted is not. */
const outcomeOf = (result: Result<unknown, unknown>): MeasuredCall['outcome'] => {
  if (result.isOk()) return 'ok'
  const { error } = result
  if (typeof error !== 'object' || error === null || !('code' in error)) return 'unavailable'
  if (error.code !== 'GATEWAY_UNAVAILABLE') return 'refused'
  return 'reason' in error && typeof error.reason === 'string' && UNSENT.has(error.reason) ? 'unsent' : 'unavailable'
}
