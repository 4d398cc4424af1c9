import { createLogger } from '../adapters/telemetry/logger.ts'
import type { Settings } from './config.ts'
import { redisLog, shareOverRedis } from './shared.ts'

/** Whether Redis and the broker, where they are configured, can be reached from this process. */
export const reachedServices = async ({
  REDIS_URL,
  AMQP_URL,
}: Settings): Promise<Readonly<Record<string, boolean>>> => ({
  ...(REDIS_URL !== undefined && (await reachRedis(REDIS_URL))),
  ...(AMQP_URL !== undefined && (await reachBroker(AMQP_URL))),
})

const reachRedis = async (url: string): Promise<Readonly<Record<string, boolean>>> => {
  const shared = await shareOverRedis({ url, report: redisLog(createLogger('silent')) })
  try {
    return await shared.checks()
  } finally {
    shared.close()
  }
}

const reachBroker = async (url: string): Promise<Readonly<Record<string, boolean>>> => {
  const { RabbitmqBroker } = await import('../adapters/broker/rabbitmq-broker.ts')
  const broker = new RabbitmqBroker({ url, source: 'doctor', report: () => undefined })
  try {
    return { broker: await broker.healthy() }
  } finally {
    await broker.close()
  }
}
