import { afterAll, describe, expect, it } from 'vitest'
import { createInProcessOrderFeed } from '../../src/adapters/feed/in-process-order-feed.ts'
import { createRedisOrderChannel } from '../../src/adapters/redis/redis-order-channel.ts'
import { privateRedis } from './private-redis.ts'
import { redisConnections } from './redis.ts'
import { until, withRedis } from './services.ts'

/** A process that shows pages and tells the others of its commits. */
const startProcess = async (processes: ReturnType<typeof redisConnections>) => {
  const feed = createInProcessOrderFeed()
  const { made } = await processes.connect((connection) =>
    createRedisOrderChannel({
      connection,
      heard: (orderIds) => feed.announce(orderIds),
      missed: () => feed.announce(feed.watched()),
    }),
  )
  await until(() => made.hears())
  return { feed, channel: made }
}

withRedis(() => {
  const processes = redisConnections()
  afterAll(() => processes.remove())

  describe('the order feed over Redis', () => {
    it('tells the pages of every other process, and of those orders only', async () => {
      const [one, other, third] = [
        await startProcess(processes),
        await startProcess(processes),
        await startProcess(processes),
      ]
      const told: string[] = []
      for (const { feed } of [one, other, third])
        for (const id of ['o1', 'o2', 'o3']) feed.subscribe(id, () => told.push(id))
      one.channel.announce(['o1', 'o3'])
      await until(() => told.length >= 4)
      expect(told.toSorted()).toEqual(['o1', 'o1', 'o3', 'o3'])
    })

    it('tells all pages to look when it may have missed something', async () => {
      const redis = await privateRedis()
      const own = redisConnections(redis.url)
      try {
        const { feed, channel } = await startProcess(own)
        let told = 0
        feed.subscribe('o1', () => (told += 1))
        await redis.kill()
        await until(() => !channel.hears())
        channel.announce(['o1'])
        await redis.start()
        await until(() => channel.hears() && told > 0)
      } finally {
        await own.remove()
        await redis.remove()
      }
    })
  })
})
