import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import type { RateDecision, RateLimiter } from '../../application/rate-limiter.ts'
import { type RedisConnection, RedisUnavailable } from './redis-connection.ts'

type Options = {
  readonly connection: RedisConnection
  /** What is limited: limiters of one name share their counts, in whichever process they are. */
  readonly name: string
  readonly points: number
  readonly durationSeconds: number
  /** Counts in this process while Redis does not. */
  readonly insurance: RateLimiter
}

/** Takes back a use of a window that is still open. */
const GIVE_BACK = `
if tonumber(redis.call('get', KEYS[1]) or '0') > 0 then redis.call('decr', KEYS[1]) end
return 1`

/** Counts for all processes together; a key's window begins with its first use. */
export const createRedisRateLimiter = (options: Options): RateLimiter => {
  const { connection, name, points, durationSeconds, insurance } = options
  const limiter = new RateLimiterRedis({
    storeClient: connection.client,
    keyPrefix: `${connection.prefix}limit:${name}`,
    points,
    duration: durationSeconds,
  })
  return {
    consume: (key) =>
      withoutRedis(
        () => connection.run(() => decide(limiter, key)),
        () => insurance.consume(key),
      ),
    giveBack: (key) =>
      withoutRedis(
        () => connection.run(async (redis) => void (await redis.eval(GIVE_BACK, 1, limiter.getKey(key)))),
        () => insurance.giveBack(key),
      ),
  }
}

const decide = async (limiter: RateLimiterRedis, key: string): Promise<RateDecision> => {
  const { points: limit } = limiter
  try {
    const { remainingPoints, msBeforeNext } = await limiter.consume(key)
    const retryAfterMs = remainingPoints > 0 ? 0 : msBeforeNext
    return { allowed: true, limit, remaining: remainingPoints, retryAfterMs }
  } catch (refused) {
    // A refusal is thrown as a result; anything else means that Redis is out of order.
    if (refused instanceof RateLimiterRes)
      return { allowed: false, limit, remaining: 0, retryAfterMs: refused.msBeforeNext }
    throw refused
  }
}

const withoutRedis = async <T>(shared: () => Promise<T>, alone: () => Promise<T>): Promise<T> => {
  try {
    return await shared()
  } catch (error) {
    if (error instanceof RedisUnavailable) return alone()
    throw error
  }
}
