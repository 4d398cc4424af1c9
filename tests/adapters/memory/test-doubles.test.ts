import { describe, expect, it } from 'vitest'
import { countingRateLimiter, unlimited } from '../../../src/adapters/memory/counting-rate-limiter.ts'
import { fixedClock } from '../../../src/adapters/memory/fixed-clock.ts'
import { passThroughCache } from '../../../src/adapters/memory/pass-through-cache.ts'
import { seededRandomness } from '../../../src/adapters/memory/seeded-randomness.ts'
import { sequentialIds } from '../../../src/adapters/memory/sequential-ids.ts'
import { cacheContract } from '../../contracts/cache-contract.ts'
import { clockContract } from '../../contracts/clock-contract.ts'
import { idsContract } from '../../contracts/ids-contract.ts'
import { randomnessContract } from '../../contracts/randomness-contract.ts'
import { rateLimiterContract } from '../../contracts/rate-limiter-contract.ts'
import { minute } from '../../support/builders.ts'

clockContract('The fixed clock', () => {
  const clock = fixedClock({ at: minute(0) })
  return { clock, pass: async (ms) => clock.advance(ms) }
})
idsContract('Sequential ids', sequentialIds)
randomnessContract('Seeded randomness', () => seededRandomness(1))
cacheContract('The pass-through cache', async () => passThroughCache())
rateLimiterContract('The counting rate limiter', async (options) =>
  countingRateLimiter({ ...options, clock: fixedClock({ at: minute(0) }) }),
)

describe('the fixed clock', () => {
  it('stands until it is moved, and its wall may jump where its intervals do not', () => {
    const clock = fixedClock({ at: minute(0) })
    const begun = clock.monotonicMs()
    clock.advance(60_000)
    expect([clock.now(), clock.monotonicMs() - begun]).toEqual([minute(1), 60_000])
    clock.set(minute(-100))
    expect([clock.now(), clock.monotonicMs() - begun]).toEqual([minute(-100), 60_000])
    expect(() => clock.advance(-1)).toThrow(RangeError)
  })
})

describe('sequential ids and seeded randomness', () => {
  it('are the same again', () => {
    const [one, other] = [sequentialIds(), sequentialIds()]
    expect(one.entity() + one.outTradeNo(minute(0))).toBe(other.entity() + other.outTradeNo(minute(0)))
    const [bytes, again] = [seededRandomness(5), seededRandomness(5)]
    const first = [...bytes.bytes(10), ...bytes.bytes(50)]
    expect(first).toEqual([...again.bytes(60)])
    expect(first).not.toEqual([...seededRandomness(6).bytes(60)])
  })
})

describe('the limiters for tests', () => {
  it('allow again when the window is over by the clock', async () => {
    const clock = fixedClock({ at: minute(0) })
    const limiter = countingRateLimiter({ points: 1, durationSeconds: 60, clock })
    await limiter.consume('a')
    expect(await limiter.consume('a')).toEqual({ allowed: false, limit: 1, remaining: 0, retryAfterMs: 60_000 })
    clock.advance(59_999)
    expect(await limiter.consume('a')).toMatchObject({ allowed: false, retryAfterMs: 1 })
    clock.advance(1)
    expect(await limiter.consume('a')).toMatchObject({ allowed: true })
  })

  it('allow everything where there is no limit', async () => {
    for (let n = 0; n < 100; n += 1) expect((await unlimited.consume('a')).allowed).toBe(true)
  })
})
