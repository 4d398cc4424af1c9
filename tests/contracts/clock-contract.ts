import { describe, expect, it } from 'vitest'
import type { Clock } from '../../src/application/clock.ts'

export type ClockUnderTest = { readonly clock: Clock; readonly pass: (ms: number) => Promise<void> }

export const clockContract = (name: string, create: () => ClockUnderTest): void => {
  describe(`${name} keeps the Clock contract`, () => {
    it('tells valid instants that each caller owns', () => {
      const { clock } = create()
      const first = clock.now()
      expect(Number.isNaN(first.getTime())).toBe(false)
      first.setTime(0)
      expect(clock.now().getTime()).toBeGreaterThan(0)
    })

    it('never counts backwards, and forwards when time passes', async () => {
      const { clock, pass } = create()
      const begun = clock.monotonicMs()
      let last = begun
      for (let n = 0; n < 1000; n += 1) {
        const next = clock.monotonicMs()
        expect(next).toBeGreaterThanOrEqual(last)
        last = next
      }
      await pass(5)
      expect(clock.monotonicMs()).toBeGreaterThan(begun)
    })
  })
}
