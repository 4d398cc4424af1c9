import type { Logger } from 'pino'
import { cachedOrders, keepsOrder, type OrderCache } from '../adapters/cache/cached-orders.ts'
import { orderCodec, productsCodec } from '../adapters/cache/codecs.ts'
import { lruCache } from '../adapters/cache/lru-cache.ts'
import { twoLevelCache } from '../adapters/cache/two-level-cache.ts'
import { createInProcessOrderFeed } from '../adapters/feed/in-process-order-feed.ts'
import { pollOrders } from '../adapters/feed/poll-orders.ts'
import type { HttpDeps } from '../adapters/http/app.ts'
import { createMemoryRateLimiter } from '../adapters/limits/memory-rate-limiter.ts'
import { RedisConnection, type RedisTrouble } from '../adapters/redis/redis-connection.ts'
import { createRedisOrderChannel } from '../adapters/redis/redis-order-channel.ts'
import { createRedisRateLimiter } from '../adapters/redis/redis-rate-limiter.ts'
import { createRedisSharedLevel } from '../adapters/redis/redis-shared-level.ts'
import type { OrderFeed } from '../application/orders/order-feed.ts'
import type { OrderReader } from '../application/orders/order-repository.ts'
import type { RateLimiter } from '../application/rate-limiter.ts'

/** What the processes of one service know together, or each for itself where nothing connects them. */
export type Shared = {
  readonly orderFeed: OrderFeed
  readonly productCache: HttpDeps['productCache']
  /** Orders for showing them. */
  ordersShown(orders: OrderReader): OrderReader
  limiter(name: string, window: Window): RateLimiter
  /** To be called after each commit with the orders it touched. */
  changed(orderIds: readonly string[]): void
  /** Looks whether another process changed what a page of this one shows; once a second is enough. */
  lookAround(orders: OrderReader): () => Promise<void>
  /** Whether what connects the processes works; nothing where nothing does. */
  checks(): Promise<Readonly<Record<string, boolean>>>
  close(): void
}

export type Window = { readonly points: number; readonly durationSeconds: number }

const CATALOGUE_TTL_MS = 24 * 3_600_000
/** How old the catalogue may be where other processes change it and cannot tell. */
const UNTOLD_TTL_MS = 5000
const CATALOGUES = 4
const ORDER_TTL_MS = 3_600_000
const ORDERS = 10_000

/** Everything in this process, which is the only one (`alone`) or shares a database with others and nothing else. */
export const shareInProcess = ({ alone }: { readonly alone: boolean }): Shared => {
  const feed = createInProcessOrderFeed()
  const orderCache: OrderCache = lruCache({ max: ORDERS, ttlMs: ORDER_TTL_MS, keeps: keepsOrder })
  return {
    orderFeed: feed,
    productCache: lruCache({ max: CATALOGUES, ttlMs: alone ? CATALOGUE_TTL_MS : UNTOLD_TTL_MS }),
    ordersShown: (orders) => (alone ? cachedOrders(orders, orderCache) : orders),
    limiter: (_name, window) => createMemoryRateLimiter(window),
    changed(orderIds) {
      for (const id of orderIds) void orderCache.invalidate(id)
      feed.announce(orderIds)
    },
    lookAround: (orders) => pollOrders({ feed, orders, isTold: () => false }),
    checks: async () => ({}),
    close: () => undefined,
  }
}

type RedisOptions = {
  readonly url: string
  readonly prefix?: string
  readonly report: (trouble: RedisTrouble) => void
}

/** Over Redis; while it is gone, each process for itself. */
export const shareOverRedis = async (options: RedisOptions): Promise<Shared> => {
  const connection = new RedisConnection(options)
  const feed = createInProcessOrderFeed()
  const channel = createRedisOrderChannel({
    connection,
    heard: (orderIds) => feed.announce(orderIds),
    missed: () => feed.announce(feed.watched()),
  })
  const productCache = twoLevelCache({
    max: CATALOGUES,
    ttlMs: CATALOGUE_TTL_MS,
    shared: createRedisSharedLevel({ connection, name: 'products', ttlMs: CATALOGUE_TTL_MS, codec: productsCodec }),
  })
  const orderCache: OrderCache = twoLevelCache({
    max: ORDERS,
    ttlMs: ORDER_TTL_MS,
    shared: createRedisSharedLevel({ connection, name: 'orders', ttlMs: ORDER_TTL_MS, codec: orderCodec }),
    keeps: keepsOrder,
  })
  await connection.open()
  return {
    orderFeed: feed,
    productCache,
    ordersShown: (orders) => cachedOrders(orders, orderCache),
    limiter: (name, window) =>
      createRedisRateLimiter({ connection, name, ...window, insurance: createMemoryRateLimiter(window) }),
    changed(orderIds) {
      for (const id of orderIds) void orderCache.invalidate(id)
      feed.announce(orderIds)
      channel.announce(orderIds)
    },
    lookAround: (orders) => pollOrders({ feed, orders, isTold: () => channel.hears() }),
    checks: async () => ({ redis: await connection.answers() }),
    close: () => connection.close(),
  }
}

export const redisLog =
  (log: Logger) =>
  (trouble: RedisTrouble): void => {
    switch (trouble.code) {
      case 'REDIS_LOST':
        log.error({ err: trouble.error }, 'Redis does not answer: limits and caches are those of this process')
        return
      case 'REDIS_BACK':
        log.info('Redis answers again')
    }
  }
