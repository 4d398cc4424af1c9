import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { randomIds } from '../../../src/adapters/system/random-ids.ts'
import { systemClock } from '../../../src/adapters/system/system-clock.ts'
import { systemRandomness } from '../../../src/adapters/system/system-randomness.ts'
import { clockContract } from '../../contracts/clock-contract.ts'
import { idsContract } from '../../contracts/ids-contract.ts'
import { randomnessContract } from '../../contracts/randomness-contract.ts'

clockContract("The system's clock", () => ({ clock: systemClock, pass: sleep }))
idsContract('Random ids', () => randomIds)
randomnessContract("The system's randomness", () => systemRandomness)

describe('random ids', () => {
  const at = new Date('2026-03-01T04:00:00Z')

  it('begin with the millisecond in which they were made', () => {
    const before = Date.now()
    const made = Number.parseInt(randomIds.entity().slice(0, 12), 16)
    expect(made).toBeGreaterThanOrEqual(before)
    expect(made).toBeLessThanOrEqual(Date.now())
  })

  it('use each of 32 characters at each of their 22 places', () => {
    const numbers = Array.from({ length: 2000 }, () => randomIds.outTradeNo(at).slice(9))
    for (let place = 0; place < 22; place += 1) expect(new Set(numbers.map((number) => number[place])).size).toBe(32)
    expect(numbers.join('')).not.toMatch(/[ILOU]/)
  })
})
