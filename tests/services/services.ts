import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from 'amqplib'
import { Redis } from 'ioredis'
import { whereThere } from '../support/where-there.ts'

export const REDIS_URL = 'redis://127.0.0.1:6379'
export const AMQP_URL = 'amqp://guest:guest@127.0.0.1:5672'

/** A name no other test uses, for keys, queues and databases. */
export const ownName = (): string => `shouyin_test_${randomBytes(6).toString('hex')}`

const WAIT_MS = 2000

const redisAnswers = async (): Promise<boolean> => {
  const redis = new Redis(REDIS_URL, {
    lazyConnect: true,
    connectTimeout: WAIT_MS,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
  })
  redis.on('error', () => undefined) // The rejected promise below says it.
  try {
    await redis.connect()
    return (await redis.ping()) === 'PONG'
  } catch {
    return false // Absent is an answer here.
  } finally {
    redis.disconnect()
  }
}

const rabbitmqAnswers = async (): Promise<boolean> => {
  try {
    const connection = await connect(AMQP_URL, { timeout: WAIT_MS })
    await connection.close()
    return true
  } catch {
    return false // Absent is an answer here.
  }
}

const [redis, rabbitmq] = await Promise.all([redisAnswers(), rabbitmqAnswers()])

export const withRedis = (declare: () => void): void => whereThere(redis, 'Redis', '127.0.0.1:6379', declare)
export const withRabbitmq = (declare: () => void): void => whereThere(rabbitmq, 'RabbitMQ', '127.0.0.1:5672', declare)

/** Waits for what happens by itself; what is still false after ten seconds is not going to happen. */
export const until = async (happened: () => boolean | Promise<boolean>, patienceMs = 10_000): Promise<void> => {
  const end = performance.now() + patienceMs
  while (!(await happened())) {
    if (performance.now() > end) throw new Error(`it did not happen within ${patienceMs} ms`)
    await sleep(10)
  }
}
