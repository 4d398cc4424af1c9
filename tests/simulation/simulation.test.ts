import { availableParallelism } from 'node:os'
import { beforeAll, describe, expect, it } from 'vitest'
import { EXPECTED_CRASH_POINTS, EXPECTED_EDGES } from './expected.ts'
import { FAULT_KINDS } from './faults.ts'
import { runSeeds } from './pool.ts'
import type { Outcome } from './simulation.ts'
import { addOutcome, describeFailure, describeSummary, emptySummary } from './summary.ts'

const SEEDS = Array.from({ length: 200 }, (_, i) => i + 1)
/** Run again in another order and beside other seeds. */
const REPEATED = SEEDS.filter((seed) => seed % 10 === 0).toReversed()

describe('the service, simulated with everything going wrong', () => {
  const summary = emptySummary()
  const digests = new Map<number, string>()

  beforeAll(async () => {
    await runSeeds(SEEDS, (outcome) => {
      addOutcome(summary, outcome)
      digests.set(outcome.seed, outcome.digest)
    })
    console.log(`${describeSummary(summary)}; ${availableParallelism()} cores`)
  })

  it('breaks no rule after any commit, and has settled everything once it is quiet', () => {
    expect(summary.failed.map(describeFailure).join('\n\n')).toBe('')
  })

  it('does the same again for the same seed', async () => {
    const differing: number[] = []
    const compare = ({ seed, digest }: Outcome): void => {
      if (digest !== digests.get(seed)) differing.push(seed)
    }
    await runSeeds(REPEATED, compare)
    expect(differing).toEqual([])
  })

  it('has met every kind of fault', () => {
    expect(FAULT_KINDS.filter((kind) => !summary.faults.has(kind))).toEqual([])
  })

  it('has died before and after every call that matters', () => {
    expect(EXPECTED_CRASH_POINTS.filter((point) => !summary.crashPoints.has(point))).toEqual([])
  })

  it('has walked every edge of the machines', () => {
    expect(EXPECTED_EDGES.filter((edge) => !summary.edges.has(edge))).toEqual([])
  })
})
