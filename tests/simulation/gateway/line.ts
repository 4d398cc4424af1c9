import { err, type Result } from 'neverthrow'
import type { GatewayError } from '../../../src/application/payments/payment-gateway.ts'
import type { World } from '../world.ts'

const unknown = (reason: string): Result<never, GatewayError> => err({ code: 'GATEWAY_UNAVAILABLE', reason })

/**
 * One call over the network, and what may become of it: the request or the answer is lost, late or unreadable. The
 * effect happens at the gateway when the request gets there, whether or not anybody still waits for the answer.
 */
export const callOver = <T>(
  { timeline, faults, chance, trace }: World,
  { who, what, timeoutMs }: { readonly who: string; readonly what: string; readonly timeoutMs: number },
  effect: () => Result<T, GatewayError>,
): Promise<Result<T, GatewayError>> =>
  new Promise((resolve) => {
    const giveUp = timeline.after(timeoutMs, () => {
      trace.add(who, what, 'no answer in time')
      resolve(unknown('timeout'))
    })
    const answer = (result: Result<T, GatewayError>): void => {
      giveUp()
      trace.add(who, what, outcomeOf(result))
      resolve(result)
    }
    if (faults.strikes('call_lost_before')) return
    const isUnreadable = faults.strikes('call_unreadable')
    const isSlow = faults.strikes('call_slow')
    const isUnheard = faults.strikes('call_lost_after')
    const isHandled = !isUnreadable || chance.hits(0.5)
    const there = isSlow ? chance.between(0, 4 * timeoutMs) : chance.between(5, 200)
    const back = isSlow ? chance.between(0, 2 * timeoutMs) : chance.between(5, 200)
    timeline.after(there, () => {
      const result = isHandled ? effect() : unknown('HTTP 502')
      if (isUnheard) return trace.add(who, what, `${outcomeOf(result)}, and the answer is lost`)
      const heard = isUnreadable ? unknown('unreadable answer') : result
      if (there + back >= timeoutMs) trace.add(who, what, `${outcomeOf(result)}, too late`)
      else timeline.after(back, () => answer(heard))
    })
  })

const outcomeOf = (result: Result<unknown, GatewayError>): string => {
  if (result.isOk()) return describe(result.value)
  return result.error.code === 'GATEWAY_REJECTED' ? result.error.gatewayCode : result.error.code
}

const describe = (value: unknown): string => {
  if (typeof value === 'string') return value
  if (typeof value === 'object' && value !== null && 'state' in value) return String(value.state)
  return 'done'
}
