import { describe, expect, it } from 'vitest'
import type { Randomness } from '../../src/application/randomness.ts'

export const randomnessContract = (name: string, create: () => Randomness): void => {
  describe(`${name} keeps the Randomness contract`, () => {
    it('gives as many bytes as it is asked for', () => {
      const randomness = create()
      for (const count of [0, 1, 15, 31, 32, 33, 1000]) expect(randomness.bytes(count)).toHaveLength(count)
    })

    it('gives other bytes each time, which the caller owns', () => {
      const randomness = create()
      const first = randomness.bytes(16)
      const copy = [...first]
      const second = randomness.bytes(16)
      expect([...second]).not.toEqual(copy)
      second.fill(0)
      expect([...first]).toEqual(copy)
    })

    it('uses each value of a byte about equally often', () => {
      const counts = new Map<number, number>()
      for (const byte of create().bytes(256 * 400)) counts.set(byte, (counts.get(byte) ?? 0) + 1)
      expect(counts.size).toBe(256)
      expect(Math.min(...counts.values())).toBeGreaterThan(200) // Expected 400 ± 20: ten deviations.
      expect(Math.max(...counts.values())).toBeLessThan(600)
    })
  })
}
