import { afterAll, describe, expect, it } from 'vitest'
import { createMemoryRateLimiter } from '../../src/adapters/limits/memory-rate-limiter.ts'
import { createRedisRateLimiter } from '../../src/adapters/redis/redis-rate-limiter.ts'
import type { RedisConnection } from '../../src/adapters/redis/redis-connection.ts'
import { type LimiterOptions, rateLimiterContract } from '../contracts/rate-limiter-contract.ts'
import { privateRedis } from './private-redis.ts'
import { redisConnections } from './redis.ts'
import { ownName, until, withRedis } from './services.ts'

const HOUR = { points: 3, durationSeconds: 3600 }

const limiterOn = (connection: RedisConnection, options: LimiterOptions, name: string) =>
  createRedisRateLimiter({ connection, name, ...options, insurance: createMemoryRateLimiter(options) })

withRedis(() => {
  const processes = redisConnections()
  afterAll(() => processes.remove())

  rateLimiterContract('The Redis rate limiter', async (options) => {
    const { made } = await processes.connect((connection) => limiterOn(connection, options, ownName()))
    return made
  })

  describe('the Redis rate limiter', () => {
    it('counts for all processes together', async () => {
      const name = ownName()
      const one = await processes.connect((connection) => limiterOn(connection, HOUR, name))
      const other = await processes.connect((connection) => limiterOn(connection, HOUR, name))
      for (const { made } of [one, other, one]) expect((await made.consume('u')).allowed).toBe(true)
      for (const { made } of [other, one])
        expect(await made.consume('u')).toMatchObject({ allowed: false, remaining: 0 })
      for (const _ of [1, 2, 3]) await other.made.giveBack('u')
      expect((await one.made.consume('u')).allowed).toBe(true)
    })

    it('never allows more than the limit to many who come together', async () => {
      const name = ownName()
      const limiters = await Promise.all(
        [1, 2, 3].map(() => processes.connect((connection) => limiterOn(connection, HOUR, name))),
      )
      const decisions = await Promise.all(
        limiters.flatMap(({ made }) => Array.from({ length: 20 }, () => made.consume('u'))),
      )
      expect(decisions.filter(({ allowed }) => allowed)).toHaveLength(3)
    })

    it('takes nothing back from a window that is over', async () => {
      const name = ownName()
      const { made } = await processes.connect((connection) =>
        limiterOn(connection, { points: 2, durationSeconds: 1 }, name),
      )
      await made.consume('u')
      await new Promise((resolve) => setTimeout(resolve, 1100))
      await made.giveBack('u')
      const next = [await made.consume('u'), await made.consume('u'), await made.consume('u')]
      expect(next.map(({ allowed }) => allowed)).toEqual([true, true, false])
    })

    it('counts in the process while Redis is gone, and for all again when it is back', async () => {
      const redis = await privateRedis()
      const own = redisConnections(redis.url)
      const name = ownName()
      const one = await own.connect((connection) => limiterOn(connection, HOUR, name))
      const other = await own.connect((connection) => limiterOn(connection, HOUR, name))
      try {
        expect((await one.made.consume('u')).remaining).toBe(2)
        await redis.kill()
        expect((await one.made.consume('u')).remaining).toBe(2)
        const alone = [await one.made.consume('u'), await one.made.consume('u'), await one.made.consume('u')]
        expect(alone.map(({ allowed }) => allowed)).toEqual([true, true, false])
        expect((await other.made.consume('u')).allowed).toBe(true)
        await redis.start()
        for (const { connection } of [one, other]) await until(() => connection.answers())
        for (const { made } of [one, other, one]) expect((await made.consume('u')).allowed).toBe(true)
        expect((await other.made.consume('u')).allowed).toBe(false)
        await until(() => one.troubles.length > 1)
        expect(one.troubles).toEqual(['REDIS_LOST', 'REDIS_BACK'])
      } finally {
        await own.remove()
        await redis.remove()
      }
    })

    it('is slow once when Redis hangs, then counts in the process at once', async () => {
      const redis = await privateRedis()
      const own = redisConnections(redis.url)
      const { connection, made } = await own.connect((one) => limiterOn(one, HOUR, ownName()))
      try {
        await made.consume('u')
        redis.freeze()
        const first = performance.now()
        expect((await made.consume('u')).allowed).toBe(true)
        expect(performance.now() - first).toBeLessThan(400)
        const next = performance.now()
        for (const _ of Array.from({ length: 100 })) await made.consume('v')
        expect(performance.now() - next).toBeLessThan(100)
        redis.thaw()
        await until(() => connection.answers())
        expect((await made.consume('w')).remaining).toBe(2)
      } finally {
        redis.thaw()
        await own.remove()
        await redis.remove()
      }
    })
  })
})
