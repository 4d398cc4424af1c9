import { beforeAll, describe, expect, it } from 'vitest'
import { fuzz, type Report } from './fuzz.ts'

const INPUTS = Number(process.env['FUZZ_INPUTS'] ?? 50_000)
const SEED = Number(process.env['FUZZ_SEED'] ?? 1)
/** What the limiters and caches hold when they are full, and what the compiler keeps. */
const HEAP_GROWTH_BYTES = 48 * 1024 * 1024
/** Routes that have no success here: no page has that name, no gateway that form. */
const BEYOND_REACH = 12

let report: Report
beforeAll(async () => {
  const begun = performance.now()
  const seconds = (): number => Math.round((performance.now() - begun) / 1000)
  report = await fuzz({ seed: SEED, inputs: INPUTS, progress: (line) => console.log(`${seconds()} s  ${line}`) })
  const { tally, heapBytes } = report
  console.log(`FUZZ_SEED=${SEED}`, tally.statuses(), `p50 ${tally.quantile(0.5)} ms, p99 ${tally.quantile(0.99)} ms`)
  console.log('slowest', tally.slowest(), 'heap', heapBytes, 'never reached', tally.neverReached())
})

describe('whatever anybody sends', () => {
  it('is answered in time and in the promised form, and a refusal changes nothing', () => {
    expect(report.faults.join('\n\n'), `FUZZ_SEED=${SEED} FUZZ_INPUTS=${INPUTS} npm run test:fuzz`).toBe('')
    expect(report.tally.total()).toBe(INPUTS)
  })

  it('leaves the books in order and the process alive, which ends as it is told to', () => {
    expect(report.violations).toEqual([])
    expect(report.exitCode).toBe(0)
  })

  it('leaves the memory as it is', () => {
    const { early, end } = report.heapBytes
    expect(early).toBeGreaterThan(0)
    expect(end - early).toBeLessThan(HEAP_GROWTH_BYTES)
  })

  it('is answered within a second, but for one in a hundred', () => {
    expect(report.tally.quantile(0.99)).toBeLessThan(1000)
  })

  it('gets past the first refusal on nearly every route', () => {
    const routes = report.tally.neverReached().filter((about) => !about.startsWith('callback'))
    expect(routes.length, routes.join('\n')).toBeLessThanOrEqual(BEYOND_REACH)
  })
})
