import { randomUUID } from 'node:crypto'
import type { RedisConnection } from './redis-connection.ts'

export type OrderChannel = {
  /** Tells the other processes; whether it arrives is not known. */
  announce(orderIds: readonly string[]): void
  /** Whether the others' announcements arrive now. */
  hears(): boolean
}

type Options = {
  readonly connection: RedisConnection
  readonly heard: (orderIds: readonly string[]) => void
  /** Announcements may have been missed before this. */
  readonly missed: () => void
}

const CHANNEL = 'orders'

/** Word of each commit that touched an order, to all processes. */
export const createRedisOrderChannel = ({ connection, heard, missed }: Options): OrderChannel => {
  const own = randomUUID()
  let hears = false
  connection.subscribe(CHANNEL, {
    message(text) {
      const [from, ...orderIds] = text.split(' ')
      if (from !== own) heard(orderIds)
    },
    live() {
      hears = true
      missed()
    },
    lost() {
      hears = false
    },
  })
  return {
    announce(orderIds) {
      connection
        .run((redis) => redis.publish(connection.prefix + CHANNEL, [own, ...orderIds].join(' ')))
        .catch(() => undefined) // Reported by the connection; open pages look for themselves now and then.
    },
    hears: () => hears,
  }
}
