import { err, ok, type Result } from 'neverthrow'
import type { RateLimiter } from '../../application/rate-limiter.ts'
import type { RiskAction } from '../../domain/risk.ts'
import { type CallerOf, nameOf } from './access.ts'
import { countableAddress } from './client-address.ts'
import type { HttpDeps } from './deps.ts'
import type { ApiError } from './problem.ts'

type Wish = { readonly action: RiskAction; readonly caller: CallerOf['payer']; readonly ip: string }

type LimitedWish = Wish & { readonly perCaller: RateLimiter; readonly perIp: RateLimiter }

/** Whether it may be tried from there at all. */
export const admitFrom = async (
  { admitAddress }: Pick<HttpDeps, 'admitAddress'>,
  { action, caller, ip: address }: Wish,
): Promise<Result<void, ApiError>> =>
  caller.kind === 'user'
    ? admitAddress({ action, address, userId: caller.userId, orderId: undefined })
    : admitAddress({ action, address, userId: undefined, orderId: caller.orderId })

/** Lets a caller create something: from an address that may, and neither caller nor address too often. */
export const admitCreation = async (
  deps: Pick<HttpDeps, 'admitAddress'>,
  { perCaller, perIp, ...wish }: LimitedWish,
): Promise<Result<void, ApiError>> => {
  // First, so that nobody who is turned away uses up what others have of the same user or order.
  const admitted = await admitFrom(deps, wish)
  if (admitted.isErr()) return err(admitted.error)
  const byCaller = await perCaller.consume(nameOf(wish.caller))
  if (!byCaller.allowed) return err({ code: 'RATE_LIMITED', decision: byCaller })
  const byAddress = await perIp.consume(countableAddress(wish.ip))
  return byAddress.allowed ? ok(undefined) : err({ code: 'RATE_LIMITED', decision: byAddress })
}
