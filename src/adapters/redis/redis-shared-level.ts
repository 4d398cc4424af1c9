import { randomUUID } from 'node:crypto'
import type { SharedAnswer, SharedLevel } from '../../application/cache.ts'
import type { RedisConnection } from './redis-connection.ts'

/** `decode` gives nothing for what it can't read, such as a value of another version of the service. */
export type Codec<V> = {
  encode(value: V): string
  decode(text: string): V | undefined
}

type Options<V> = {
  readonly connection: RedisConnection
  readonly name: string
  readonly ttlMs: number
  readonly codec: Codec<V>
}

/** Longer than any load; who loads longer keeps nothing. */
const LEASE_MS = 10_000
const RETRY_MS = 1000

/** A value counts while it is of the present era. Who finds none gets a lease to put one there. */
const FIND = `
local era = redis.call('get', KEYS[3])
if not era then
  era = ARGV[1]
  redis.call('set', KEYS[3], era)
end
local kept = redis.call('get', KEYS[1])
if kept and string.sub(kept, 1, #era + 1) == era .. ' ' then return {1, string.sub(kept, #era + 2)} end
local lease = redis.call('get', KEYS[2])
if not lease or string.sub(lease, 1, #era + 1) ~= era .. ' ' then
  lease = era .. ' ' .. ARGV[1]
  redis.call('set', KEYS[2], lease, 'PX', ARGV[2])
end
return {0, lease}`

/** An invalidation takes the lease away, a new era outdates it: either way what was loaded before is not kept. */
const KEEP = `
local era = redis.call('get', KEYS[3])
if not era or redis.call('get', KEYS[2]) ~= ARGV[1] then return 0 end
if string.sub(ARGV[1], 1, #era + 1) ~= era .. ' ' then return 0 end
redis.call('set', KEYS[1], era .. ' ' .. ARGV[2], 'PX', ARGV[3])
return 1`

/**
 * Values in Redis, and word of each invalidation to every process. Where an invalidation may have got lost (a command
 * that failed, a connection that broke, a process that died and starts again, a Redis that was restored) the process
 * begins a new era as soon as it can, which outdates everything that is kept; until then it uses nothing of it.
 */
export const createRedisSharedLevel = <V>({ connection, name, ttlMs, codec }: Options<V>): SharedLevel<V> => {
  const own = randomUUID()
  const place = `${connection.prefix}cache:${name}`
  const channel = `cache:${name}`
  const era = `${place}:era`
  const keysOf = (key: string): [string, string, string] => [`${place}:value:${key}`, `${place}:lease:${key}`, era]
  const listeners: ((key: string | undefined) => void)[] = []
  const tell = (key?: string): void => listeners.forEach((listener) => listener(key))
  let hears = false
  /** How often a word of ours may have got lost, and up to which of them a new era has made up for it. */
  let lost = 1
  let settled = 0
  let retry: NodeJS.Timeout | undefined

  const settle = async (): Promise<void> => {
    const upTo = lost
    if (settled === upTo) return
    try {
      await connection.run((redis) =>
        done(
          redis
            .multi()
            .set(era, randomUUID()) // A number could come again after Redis forgot it.
            .publish(connection.prefix + channel, own)
            .exec(),
        ),
      )
      settled = upTo
      tell()
    } catch {
      // Without a connection there will be a new one, which begins an era.
      if (connection.client.status !== 'ready' || retry !== undefined) return
      retry = setTimeout(() => {
        retry = undefined
        void settle()
      }, RETRY_MS).unref()
    }
  }
  connection.whenReady(() => void settle())
  connection.whenClosed(() => {
    lost += 1
  })
  connection.subscribe(channel, {
    message(text) {
      const [from = '', ...key] = text.split(' ')
      if (from !== own) tell(key.length === 0 ? undefined : key.join(' '))
    },
    live() {
      hears = true
      tell() // A load that began before it could hear of changes is not kept either.
    },
    lost() {
      hears = false
      tell()
    },
  })
  return {
    async find(key): Promise<SharedAnswer<V>> {
      const keys = keysOf(key)
      try {
        const answer = await connection.run((redis) => redis.eval(FIND, 3, ...keys, randomUUID(), LEASE_MS))
        const [found, text] = answer as [0 | 1, string] // As the script ends.
        const value = found === 1 ? codec.decode(text) : undefined
        if (value !== undefined) return { found: true, value }
        if (found === 1) return NOTHING
        return {
          found: false,
          keep: (loaded) =>
            unlessOut(async () => {
              await connection.run((redis) => redis.eval(KEEP, 3, ...keys, text, codec.encode(loaded), ttlMs))
            }),
        }
      } catch {
        return NOTHING // Reported by the connection.
      }
    },
    async invalidate(key) {
      const [value, lease] = keysOf(key)
      try {
        await connection.run((redis) =>
          done(
            redis
              .multi()
              .del(value, lease)
              .publish(connection.prefix + channel, `${own} ${key}`)
              .exec(),
          ),
        )
      } catch {
        lost += 1
        await settle()
      }
    },
    whenInvalidated(listener) {
      listeners.push(listener)
    },
    isWhole: () => hears && settled === lost,
  }
}

const NOTHING = { found: false, keep: async () => undefined } as const

/** The answers to a transaction are in its result, its failures too. */
const done = async (answers: Promise<[Error | null, unknown][] | null>): Promise<void> => {
  for (const [error] of (await answers) ?? [[new Error('the transaction was given up')]]) if (error) throw error
}

const unlessOut = async (work: () => Promise<void>): Promise<void> => {
  try {
    await work()
  } catch {
    // Reported by the connection; not kept is no harm.
  }
}
