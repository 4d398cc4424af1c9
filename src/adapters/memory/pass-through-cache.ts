import type { Cache } from '../../application/cache.ts'

/** Keeps nothing: only callers that come together share a load. */
export const passThroughCache = <V>(): Cache<V> => {
  const loading = new Map<string, Promise<V>>()
  return {
    async get(key, load) {
      const shared = loading.get(key)
      if (shared !== undefined) return shared
      const mine = load().finally(() => {
        if (loading.get(key) === mine) loading.delete(key)
      })
      loading.set(key, mine)
      return mine
    },
    async invalidate(key) {
      loading.delete(key)
    },
  }
}
