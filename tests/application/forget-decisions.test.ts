import { ok } from 'neverthrow'
import { describe, expect, it } from 'vitest'
import { fixedClock } from '../../src/adapters/memory/fixed-clock.ts'
import { createMemoryStore } from '../../src/adapters/memory/memory-store.ts'
import { forgetDecisions } from '../../src/application/risk/forget-decisions.ts'
import { entityId, riskDecision } from '../support/builders.ts'

const NOW = new Date('2026-11-20T08:00:00.000Z')
const DAY_MS = 86_400_000
const daysAgo = (days: number): Date => new Date(NOW.getTime() - days * DAY_MS)

const world = async (ages: readonly number[]) => {
  const clock = fixedClock({ at: NOW })
  const { transaction, readers } = createMemoryStore()
  await transaction.run(async ({ riskDecisions }) => {
    for (const [n, age] of ages.entries())
      await riskDecisions.insert(riskDecision({ id: entityId(n), at: daysAgo(age) }))
    return ok(undefined)
  })
  const kept = async () => {
    const page = { limit: 1000, after: undefined }
    return (await readers.riskDecisions.list({ from: undefined, to: undefined }, page)).items.map(({ at }) => at)
  }
  return { clock, forget: forgetDecisions({ transaction, clock }), kept }
}

describe('decisions about risk', () => {
  it('are kept for 180 days, and then forgotten', async () => {
    const { clock, forget, kept } = await world([0, 90, 180, 181, 400])
    expect(await forget()).toBe(2)
    expect(await kept()).toEqual([daysAgo(0), daysAgo(90), daysAgo(180)])
    expect(await forget()).toBe(0)
    clock.advance(1)
    expect(await forget()).toBe(1)
  })

  it('are forgotten a batch at a time, the oldest first', async () => {
    const ages = Array.from({ length: 250 }, (_, n) => 200 + n)
    const { forget, kept } = await world(ages)
    expect(await forget()).toBe(200)
    expect(await kept()).toEqual(ages.slice(0, 50).map(daysAgo))
    expect([await forget(), await forget()]).toEqual([50, 0])
  })
})
