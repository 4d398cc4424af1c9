import { describe, expect, it } from 'vitest'
import type { RateLimiter } from '../../src/application/rate-limiter.ts'

export type LimiterOptions = { readonly points: number; readonly durationSeconds: number }

export const rateLimiterContract = (name: string, create: (options: LimiterOptions) => Promise<RateLimiter>): void => {
  describe(`${name} keeps the RateLimiter contract`, () => {
    it('allows as many uses as it has points, then none', async () => {
      const limiter = await create({ points: 3, durationSeconds: 60 })
      const decisions = [1, 2, 3, 4, 5].map(() => limiter.consume('user-1'))
      const settled = await Promise.all(decisions)
      expect(settled.map(({ allowed, limit, remaining }) => [allowed, limit, remaining])).toEqual([
        [true, 3, 2],
        [true, 3, 1],
        [true, 3, 0],
        [false, 3, 0],
        [false, 3, 0],
      ])
    })

    it('tells how long until something is allowed again', async () => {
      const limiter = await create({ points: 2, durationSeconds: 60 })
      expect((await limiter.consume('user-1')).retryAfterMs).toBe(0)
      for (const last of [await limiter.consume('user-1'), await limiter.consume('user-1')]) {
        expect(last.retryAfterMs).toBeGreaterThan(0)
        expect(last.retryAfterMs).toBeLessThanOrEqual(60_000)
      }
    })

    it('counts each key on its own', async () => {
      const limiter = await create({ points: 1, durationSeconds: 60 })
      for (const key of ['user-1', 'User-1', 'user-1 ', '用户', '']) {
        expect((await limiter.consume(key)).allowed).toBe(true)
        expect((await limiter.consume(key)).allowed).toBe(false)
      }
    })

    it('does not share its counts with another limiter', async () => {
      const [one, other] = [
        await create({ points: 1, durationSeconds: 60 }),
        await create({ points: 1, durationSeconds: 60 }),
      ]
      expect((await one?.consume('user-1'))?.allowed).toBe(true)
      expect((await other?.consume('user-1'))?.allowed).toBe(true)
    })

    it('takes back a use, and one it refused', async () => {
      const limiter = await create({ points: 2, durationSeconds: 60 })
      for (const _ of [1, 2, 3]) await limiter.consume('user-1')
      await limiter.giveBack('user-1')
      expect((await limiter.consume('user-1')).allowed).toBe(false)
      for (const _ of [1, 2]) await limiter.giveBack('user-1')
      expect(await limiter.consume('user-1')).toMatchObject({ allowed: true, remaining: 0 })
      expect((await limiter.consume('user-1')).allowed).toBe(false)
    })

    it('never holds less than no use', async () => {
      const limiter = await create({ points: 2, durationSeconds: 60 })
      await limiter.giveBack('user-1')
      await limiter.consume('user-1')
      for (const _ of [1, 2, 3]) await limiter.giveBack('user-1')
      const decisions = [await limiter.consume('user-1'), await limiter.consume('user-1')]
      expect(decisions.map(({ allowed, remaining }) => [allowed, remaining])).toEqual([
        [true, 1],
        [true, 0],
      ])
      expect((await limiter.consume('user-1')).allowed).toBe(false)
    })

    it('keeps its window through the longest duration that is offered', async () => {
      const limiter = await create({ points: 1, durationSeconds: 24 * 24 * 3600 })
      expect((await limiter.consume('user-1')).allowed).toBe(true)
      await new Promise((resolve) => setTimeout(resolve, 10))
      expect((await limiter.consume('user-1')).allowed).toBe(false)
    })
  })
}
