import { describe, expect, it, vi } from 'vitest'
import type { Cache } from '../../src/application/cache.ts'

/** A cache may forget whenever it likes; what it must never do is answer with what was invalidated. */
export const cacheContract = (name: string, create: () => Promise<Cache<string | undefined>>): void => {
  describe(`${name} keeps the Cache contract`, () => {
    it('gives what was loaded, also where that is nothing', async () => {
      const cache = await create()
      expect(await cache.get('a', async () => 'value of a')).toBe('value of a')
      expect(await cache.get('b', async () => undefined)).toBeUndefined()
    })

    it('shares one load among callers of one key that come together', async () => {
      const cache = await create()
      const loads = slowLoads()
      const together = [1, 2, 3].map(() => cache.get('a', loads.next))
      const elsewhere = cache.get('b', async () => 'other key')
      expect(await elsewhere).toBe('other key')
      await loads.begun(1)
      loads.finish(0, 'shared')
      expect(await Promise.all(together)).toEqual(['shared', 'shared', 'shared'])
      expect(loads.count()).toBe(1)
    })

    it('tells all who wait that a load failed, and loads again', async () => {
      const cache = await create()
      const loads = slowLoads()
      const together = Promise.allSettled([cache.get('a', loads.next), cache.get('a', loads.next)])
      await loads.begun(1)
      loads.fail(0, new Error('store down'))
      const reason = expect.objectContaining({ message: 'store down' })
      expect(await together).toEqual([
        { status: 'rejected', reason },
        { status: 'rejected', reason },
      ])
      expect(await cache.get('a', async () => 'again')).toBe('again')
    })

    it('loads again after it is invalidated', async () => {
      const cache = await create()
      await cache.get('a', async () => 'old')
      await cache.invalidate('a')
      await cache.invalidate('never loaded')
      expect(await cache.get('a', async () => 'new')).toBe('new')
    })

    it('never answers a later caller with what was loading when it was invalidated', async () => {
      const cache = await create()
      const loads = slowLoads()
      const early = cache.get('a', loads.next)
      await loads.begun(1)
      await cache.invalidate('a')
      const late = cache.get('a', loads.next)
      await loads.begun(2)
      loads.finish(1, 'new')
      expect(await late).toBe('new')
      loads.finish(0, 'old')
      expect(await early).toBe('old')
      expect(await cache.get('a', async () => 'new')).toBe('new')
    })

    it('shares the load that began after it was invalidated, also when the one before ends', async () => {
      const cache = await create()
      const loads = slowLoads()
      const early = cache.get('a', loads.next)
      await loads.begun(1)
      await cache.invalidate('a')
      const late = cache.get('a', loads.next)
      await loads.begun(2)
      loads.finish(0, 'old')
      await early
      const latest = cache.get('a', loads.next)
      loads.finish(1, 'new')
      expect([await late, await latest, loads.count()]).toEqual(['new', 'new', 2])
    })

    it('never keeps an old value whose load ends after it was invalidated', async () => {
      const cache = await create()
      const loads = slowLoads()
      const early = cache.get('a', loads.next)
      await loads.begun(1)
      await cache.invalidate('a')
      loads.finish(0, 'old')
      expect(await early).toBe('old')
      expect(await cache.get('a', async () => 'new')).toBe('new')
    })
  })
}

/** Loads that end when the test says so. */
const slowLoads = () => {
  const begun: PromiseWithResolvers<string>[] = []
  return {
    next: (): Promise<string> => {
      const load = Promise.withResolvers<string>()
      begun.push(load)
      return load.promise
    },
    count: () => begun.length,
    /** A cache may look elsewhere before it loads. */
    begun: (count: number) => vi.waitFor(() => expect(begun.length).toBeGreaterThanOrEqual(count), { interval: 1 }),
    finish: (index: number, value: string) => begun[index]?.resolve(value),
    fail: (index: number, error: Error) => begun[index]?.reject(error),
  }
}
