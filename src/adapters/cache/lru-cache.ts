import { LRUCache } from 'lru-cache'
import type { Cache } from '../../application/cache.ts'
import type { Clock } from '../../application/clock.ts'

export type LruCache<V> = Cache<V> & {
  /** Forgets everything, also what is being loaded. */
  clear(): void
}

type LruOptions<V> = {
  readonly max: number
  readonly ttlMs: number
  /** By default all values are kept. */
  readonly keeps?: (value: V) => boolean
  /** The process's own where none is given. */
  readonly clock?: Pick<Clock, 'monotonicMs'>
}

/** Keeps the most recently used values for a while, in this process. */
export const lruCache = <V>({ max, ttlMs, keeps = () => true, clock }: LruOptions<V>): LruCache<V> => {
  if (ttlMs <= 0) throw new RangeError('a value is kept for some time') // The library would keep it for ever.
  const perf = clock === undefined ? performance : { now: () => clock.monotonicMs() }
  const kept = new LRUCache<string, { readonly value: V }>({ max, ttl: ttlMs, perf, ttlResolution: 0 })
  // The library's own `fetch` keeps a value that was invalidated while it was loaded, or fails its callers.
  const loading = new Map<string, Promise<V>>()

  const start = (key: string, load: () => Promise<V>): Promise<V> => {
    const mine: Promise<V> = load()
      .then((value) => {
        if (loading.get(key) === mine && keeps(value)) kept.set(key, { value })
        return value
      })
      .finally(() => {
        if (loading.get(key) === mine) loading.delete(key)
      })
    loading.set(key, mine)
    return mine
  }
  return {
    async get(key, load) {
      const hit = kept.get(key)
      return hit === undefined ? (loading.get(key) ?? start(key, load)) : hit.value
    },
    async invalidate(key) {
      kept.delete(key)
      loading.delete(key)
    },
    clear() {
      kept.clear()
      loading.clear()
    },
  }
}
