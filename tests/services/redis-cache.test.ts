import { afterAll, describe, expect, it } from 'vitest'
import { twoLevelCache } from '../../src/adapters/cache/two-level-cache.ts'
import type { RedisConnection } from '../../src/adapters/redis/redis-connection.ts'
import { createRedisSharedLevel } from '../../src/adapters/redis/redis-shared-level.ts'
import type { Cache, SharedLevel } from '../../src/application/cache.ts'
import { cacheContract } from '../contracts/cache-contract.ts'
import { privateRedis } from './private-redis.ts'
import { redisConnections } from './redis.ts'
import { ownName, until, withRedis } from './services.ts'

type Text = string | undefined
type Process = { readonly cache: Cache<Text>; readonly shared: SharedLevel<Text>; readonly connection: RedisConnection }

const codec = {
  encode: (value: Text) => JSON.stringify({ value }),
  decode: (text: string): Text => (JSON.parse(text) as { value: Text }).value, // As it was encoded.
}

/** A cache as another process of the same service has it, once it hears of changes. */
const startProcess = async (processes: ReturnType<typeof redisConnections>, name: string): Promise<Process> => {
  const { connection, made } = await processes.connect((on) => {
    const shared = createRedisSharedLevel<Text>({ connection: on, name, ttlMs: 60_000, codec })
    return { shared, cache: twoLevelCache<Text>({ max: 10, ttlMs: 60_000, shared }) }
  })
  await until(() => made.shared.isWhole())
  return { connection, ...made }
}

const gives = (value: string) => async (): Promise<Text> => value
const never = (): Promise<Text> => Promise.reject(new Error('loaded again'))

withRedis(() => {
  const processes = redisConnections()
  afterAll(() => processes.remove())

  cacheContract('The two-level cache over Redis', async () => (await startProcess(processes, ownName())).cache)

  describe('the two-level cache over Redis', () => {
    it('gives to one process what another one loaded, and keeps it there', async () => {
      const name = ownName()
      const [one, other] = [await startProcess(processes, name), await startProcess(processes, name)]
      expect(await one.cache.get('a b', gives('once'))).toBe('once')
      await until(async () => (await other.shared.find('a b')).found)
      for (const { cache } of [other, other, one]) expect(await cache.get('a b', never)).toBe('once')
    })

    it('forgets in every process what one invalidates', async () => {
      const name = ownName()
      const [one, other] = [await startProcess(processes, name), await startProcess(processes, name)]
      for (const { cache } of [one, other]) expect(await cache.get('a', gives('old'))).toBe('old')
      await one.cache.invalidate('a')
      expect(await one.cache.get('a', gives('new'))).toBe('new')
      await until(async () => (await other.cache.get('a', gives('new'))) === 'new')
    })

    it('never keeps what was read before another process changed it, however late it comes', async () => {
      const name = ownName()
      const [slow, quick] = [await startProcess(processes, name), await startProcess(processes, name)]
      const loading = Promise.withResolvers<Text>()
      const begun = Promise.withResolvers<void>()
      const early = slow.cache.get('a', () => {
        begun.resolve()
        return loading.promise
      })
      await begun.promise
      await quick.cache.invalidate('a')
      loading.resolve('old')
      expect(await early).toBe('old')
      await until(async () => !(await slow.shared.find('a')).found)
      for (const { cache } of [slow, quick]) expect(await cache.get('a', gives('new'))).toBe('new')
    })

    it('keeps nothing of before, in any process, once one that may have missed telling is back', async () => {
      const name = ownName()
      const one = await startProcess(processes, name)
      await one.cache.get('a', gives('old'))
      await until(async () => (await one.shared.find('a')).found)
      await startProcess(processes, name) // As after a process that died between its commit and telling of it.
      await until(async () => (await one.cache.get('a', gives('new'))) === 'new')
    })

    it('never shows an old value to anybody after random changes by three processes', async () => {
      const name = ownName()
      const all = await Promise.all([1, 2, 3].map(() => startProcess(processes, name)))
      let truth = 0
      const load = async (): Promise<Text> => {
        const read = truth
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 3))
        return String(read)
      }
      const readers = all.map(async ({ cache }) => {
        for (let n = 0; n < 300; n += 1) {
          await cache.get('a', load)
          await new Promise((resolve) => setTimeout(resolve, Math.random() * 2))
        }
      })
      const writers = all.map(async ({ cache }) => {
        for (let n = 0; n < 40; n += 1) {
          truth += 1
          await cache.invalidate('a')
          await new Promise((resolve) => setTimeout(resolve, Math.random() * 20))
        }
      })
      await Promise.all([...readers, ...writers])
      await new Promise((resolve) => setTimeout(resolve, 100)) // The last message is on its way.
      const shown = await Promise.all(all.map(({ cache }) => cache.get('a', load)))
      expect(shown).toEqual(all.map(() => String(truth)))
    })

    it('loads every value while Redis is gone, and starts afresh when it is back', async () => {
      const redis = await privateRedis()
      const own = redisConnections(redis.url)
      const name = ownName()
      try {
        const [one, other] = [await startProcess(own, name), await startProcess(own, name)]
        for (const { cache } of [one, other]) await cache.get('a', gives('old'))
        await redis.kill()
        await until(() => !one.shared.isWhole() && !other.shared.isWhole())
        await one.cache.invalidate('a')
        expect(await other.cache.get('a', gives('new'))).toBe('new')
        expect(await other.cache.get('a', gives('newer'))).toBe('newer')
        await redis.start()
        await until(() => one.shared.isWhole() && other.shared.isWhole())
        expect(await other.cache.get('a', gives('newest'))).toBe('newest')
        expect(await other.cache.get('a', never)).toBe('newest')
      } finally {
        await own.remove()
        await redis.remove()
      }
    })

    it('notices within seconds that a hanging Redis tells it nothing any more', async () => {
      const redis = await privateRedis()
      const own = redisConnections(redis.url)
      try {
        const { cache, shared } = await startProcess(own, ownName())
        await cache.get('a', gives('old'))
        redis.freeze()
        const begun = performance.now()
        await until(() => !shared.isWhole(), 4000)
        expect(performance.now() - begun).toBeLessThan(3500)
        expect(await cache.get('a', gives('new'))).toBe('new')
        redis.thaw()
        await until(() => shared.isWhole(), 20_000)
      } finally {
        redis.thaw()
        await own.remove()
        await redis.remove()
      }
    })
  })
})
