import { connect } from 'amqplib'
import { Redis } from 'ioredis'
import { describe, expect, it } from 'vitest'
import { AMQP_URL, REDIS_URL, withRabbitmq, withRedis } from './services.ts'

withRedis(() => {
  describe('Redis', () => {
    it('speaks a version with scripts and expiry in milliseconds', async () => {
      const redis = new Redis(REDIS_URL)
      const info = await redis.info('server')
      await redis.quit()
      expect(Number(/redis_version:(\d+)/.exec(info)?.[1])).toBeGreaterThanOrEqual(6)
    })
  })
})

withRabbitmq(() => {
  describe('RabbitMQ', () => {
    it('lets the tests in', async () => {
      const connection = await connect(AMQP_URL)
      await connection.close()
    })
  })
})
