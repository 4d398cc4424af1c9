import { err, ok } from 'neverthrow'
import { describe, expect, it } from 'vitest'
import { countingRateLimiter } from '../../src/adapters/memory/counting-rate-limiter.ts'
import { fixedClock } from '../../src/adapters/memory/fixed-clock.ts'
import { countFailures } from '../../src/application/count-failures.ts'
import { minute } from '../support/builders.ts'

const clock = fixedClock({ at: minute(0) })
const limitsOf = (...points: readonly number[]) =>
  points.map((each, n) => ({
    limiter: countingRateLimiter({ points: each, durationSeconds: 900, clock }),
    key: `key-${n}`,
  }))

const fails = async () => err({ code: 'NO' } as const)
const works = async () => ok('yes')

describe('counting failures', () => {
  it('allows so many of them, then not even a good attempt', async () => {
    const limits = limitsOf(2)
    for (const _ of [1, 2]) expect((await countFailures(limits, fails))._unsafeUnwrapErr()).toEqual({ code: 'NO' })
    expect((await countFailures(limits, works))._unsafeUnwrapErr()).toEqual({
      code: 'RATE_LIMITED',
      decision: { allowed: false, limit: 2, remaining: 0, retryAfterMs: 900_000 },
    })
  })

  it('counts no success, nothing that broke, and no refusal', async () => {
    const limits = limitsOf(2, 1)
    const breaks = async () => Promise.reject(new Error('the store is down'))
    for (const _ of [1, 2, 3]) {
      expect((await countFailures(limits, works))._unsafeUnwrap()).toBe('yes')
      await expect(countFailures(limits, breaks)).rejects.toThrow('down')
    }
    await countFailures(limits, fails)
    for (const _ of [1, 2, 3])
      expect((await countFailures(limits, works))._unsafeUnwrapErr()).toMatchObject({ code: 'RATE_LIMITED' })
    const first = limits.slice(0, 1)
    await countFailures(first, fails) // The refusals of the second limit took nothing from the first.
    expect((await countFailures(first, works)).isErr()).toBe(true)
  })

  it('lets no more attempts through at the same time than may fail', async () => {
    const limits = limitsOf(5)
    let tried = 0
    const results = await Promise.all(
      Array.from({ length: 50 }, () =>
        countFailures(limits, async () => {
          tried += 1
          await Promise.resolve()
          return fails()
        }),
      ),
    )
    expect(tried).toBe(5)
    expect(results.filter((each) => each._unsafeUnwrapErr().code === 'RATE_LIMITED')).toHaveLength(45)
  })
})
