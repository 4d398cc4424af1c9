import { describe, expect, it } from 'vitest'
import { lruCache } from '../../../src/adapters/cache/lru-cache.ts'
import { cacheContract } from '../../contracts/cache-contract.ts'

cacheContract('The LRU cache', async () => lruCache({ max: 10, ttlMs: 60_000 }))

describe('the LRU cache', () => {
  it('keeps what was loaded, also where that is nothing, until its time is over', async () => {
    const { cache, loads, clock } = counted(10)
    expect([await cache.get('a', loads), await cache.get('a', loads)]).toEqual([1, 1])
    clock.now += 1000
    expect(await cache.get('a', loads)).toBe(1)
    clock.now += 1
    expect(await cache.get('a', loads)).toBe(2)
    await cache.get('b', async () => undefined)
    expect(await cache.get('b', loads)).toBeUndefined()
  })

  it('gives a used value no more time', async () => {
    const { cache, loads, clock } = counted(10)
    for (let n = 0; n < 3; n += 1) {
      await cache.get('a', loads)
      clock.now += 400
    }
    expect(await cache.get('a', loads)).toBe(2)
  })

  it('forgets the least recently used value when it is full', async () => {
    const { cache, loads } = counted(2)
    for (const key of ['a', 'b', 'a', 'c']) await cache.get(key, loads)
    expect([await cache.get('a', loads), await cache.get('c', loads), await cache.get('b', loads)]).toEqual([1, 3, 4])
  })

  it('keeps nothing of a load that failed', async () => {
    const { cache, loads } = counted(2)
    await expect(cache.get('a', () => Promise.reject(new Error('down')))).rejects.toThrow('down')
    expect([await cache.get('a', loads), await cache.get('a', loads)]).toEqual([1, 1])
  })

  it('refuses to keep values for no time', () => {
    expect(() => lruCache({ max: 1, ttlMs: 0 })).toThrow(RangeError)
  })
})

/** A cache of one second over a clock the test sets; each load gives the next number. */
const counted = (max: number) => {
  const clock = { now: 1 }
  const cache = lruCache<number | undefined>({ max, ttlMs: 1000, clock: { monotonicMs: () => clock.now } })
  let made = 0
  const loads = async (): Promise<number> => {
    made += 1
    return made
  }
  return { cache, loads, clock }
}
