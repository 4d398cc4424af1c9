import { describe, expect, it } from 'vitest'
import { rolling } from '../support/dice.ts'
import { sampleOf, trimmed, welchT } from './welch.ts'

/** Times around a mean, with a long tail as those of a network have. */
const times = (seed: number, mean: number): readonly number[] => {
  const roll = rolling(seed)
  return Array.from({ length: 10_000 }, () => mean + roll() * 100 + (roll() > 0.98 ? roll() * 5000 : 0))
}
const t = (a: readonly number[], b: readonly number[]): number => {
  const [x = [], y = []] = trimmed([a, b], 0.95)
  return Math.abs(welchT(sampleOf(x), sampleOf(y)))
}

describe('the test of means', () => {
  it('is what it is in the books', () => {
    const a = sampleOf([27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6, 19.0, 21.7, 21.4])
    const b = sampleOf([27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0, 24.8, 20.2, 21.9, 22.1, 22.9, 30.5, 25.5])
    expect(welchT(a, b)).toBeCloseTo(-2.9, 1)
  })

  it('sees five parts in a hundred, and nothing where nothing is', () => {
    expect(t(times(1, 100), times(2, 105))).toBeGreaterThan(4.5)
    expect(t(times(3, 100), times(4, 100))).toBeLessThan(4.5)
  })
})
