import { Redis } from 'ioredis'
import { RedisConnection, type RedisTrouble } from '../../src/adapters/redis/redis-connection.ts'
import { ownName, REDIS_URL, until } from './services.ts'

/** Connections of one test file under a prefix of its own, and nothing of it left behind. */
export const redisConnections = (url = REDIS_URL) => {
  const prefix = `${ownName()}:`
  const open: RedisConnection[] = []
  return {
    prefix,
    /** As a process of the service has it; `prepare` is where it subscribes. */
    async connect<T>(prepare: (connection: RedisConnection) => T) {
      const troubles: RedisTrouble['code'][] = []
      const connection = new RedisConnection({ url, prefix, report: ({ code }) => troubles.push(code) })
      open.push(connection)
      const made = prepare(connection)
      await connection.open()
      await until(() => connection.answers())
      return { connection, troubles, made }
    },
    async remove() {
      for (const connection of open) connection.close()
      const redis = new Redis(url, { retryStrategy: () => null })
      redis.on('error', () => undefined) // A Redis that is gone has nothing left of it.
      const keys = await redis.keys(`${prefix}*`).catch(() => [])
      if (keys.length > 0) await redis.del(...keys)
      redis.disconnect()
    },
  }
}
