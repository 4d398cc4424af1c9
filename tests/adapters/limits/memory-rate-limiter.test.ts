import { describe, expect, it } from 'vitest'
import { createMemoryRateLimiter } from '../../../src/adapters/limits/memory-rate-limiter.ts'
import { rateLimiterContract } from '../../contracts/rate-limiter-contract.ts'

rateLimiterContract('The memory rate limiter', async (options) => createMemoryRateLimiter(options))

describe('the memory rate limiter', () => {
  it('refuses a window that its timers cannot keep', () => {
    for (const durationSeconds of [0, -1, 2_147_484, Number.NaN])
      expect(() => createMemoryRateLimiter({ points: 1, durationSeconds })).toThrow(RangeError)
  })

  it('begins a new window when the last is over', async () => {
    const limiter = createMemoryRateLimiter({ points: 1, durationSeconds: 0.02 })
    expect((await limiter.consume('user-1')).allowed).toBe(true)
    let last = await limiter.consume('user-1')
    for (let n = 0; n < 100 && !last.allowed; n += 1) {
      await new Promise((resolve) => setTimeout(resolve, last.retryAfterMs))
      last = await limiter.consume('user-1')
    }
    expect(last).toMatchObject({ allowed: true, remaining: 0 })
  })
})
