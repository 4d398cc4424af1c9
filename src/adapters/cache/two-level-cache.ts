import type { Cache, SharedLevel } from '../../application/cache.ts'
import { lruCache } from './lru-cache.ts'

type Options<V> = {
  readonly max: number
  readonly ttlMs: number
  readonly shared: SharedLevel<V>
  /** By default all values are kept. */
  readonly keeps?: (value: V) => boolean
}

/**
 * Keeps values in this process, and behind it in what all processes share. While the shared level is not whole nothing
 * more is kept, for a change made elsewhere might not be heard of: every value is loaded.
 */
export const twoLevelCache = <V>({ max, ttlMs, shared, keeps = () => true }: Options<V>): Cache<V> => {
  const near = lruCache<V>({ max, ttlMs, keeps: (value) => shared.isWhole() && keeps(value) })
  shared.whenInvalidated((key) => {
    if (key === undefined) near.clear()
    else void near.invalidate(key)
  })
  const through = async (key: string, load: () => Promise<V>): Promise<V> => {
    const answer = await shared.find(key)
    if (answer.found) return answer.value
    const value = await load()
    if (keeps(value)) void answer.keep(value)
    return value
  }
  return {
    get: (key, load) => near.get(key, shared.isWhole() ? () => through(key, load) : load),
    async invalidate(key) {
      await near.invalidate(key)
      await shared.invalidate(key)
    },
  }
}
