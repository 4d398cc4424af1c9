/**
 * `npm run sim -- [--seeds 200] [--first 1] [--bail]` runs many seeds on all cores, or until one fails; `npm run sim -- --seed 17`, or `SIM_SEED=17`,
 * runs one, prints all of its trace and finds the very commit at which it breaks a rule.
 */
import { parseArgs } from 'node:util'
import { runSeeds } from './pool.ts'
import { simulate } from './simulation.ts'
import { addOutcome, describeFailure, describeSummary, emptySummary } from './summary.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    first: { type: 'string', default: '1' },
    bail: { type: 'boolean', default: false },
    seed: { type: 'string', default: process.env['SIM_SEED'] ?? '' },
  },
})

const runOne = async (seed: number): Promise<boolean> => {
  const outcome = await simulate(seed, { print: (line) => console.log(line), thorough: true })
  const { violations, faultsOn, digest, edges } = outcome
  console.log(`\nfaults: ${faultsOn}\nedges: ${[...edges].map(([edge, count]) => `${edge} ${count}`).join(', ')}`)
  for (const { invariant, detail } of violations) console.log(`${invariant}: ${detail}`)
  console.log(`SIM_SEED=${seed}: ${violations.length} violations, digest ${digest}`)
  return violations.length === 0
}

const runMany = async (first: number, count: number): Promise<boolean> => {
  const summary = emptySummary()
  const startedAt = performance.now()
  const seeds = Array.from({ length: count }, (_, i) => first + i)
  await runSeeds(seeds, (outcome) => {
    addOutcome(summary, outcome)
    if (outcome.violations.length > 0) console.log(`\n${describeFailure(outcome)}`)
    showProgress(summary.seeds, count)
    return values.bail && summary.failed.length > 0
  })
  const seconds = Math.round((performance.now() - startedAt) / 1000)
  console.log(`${describeSummary(summary)}\n${summary.failed.length} seeds with violations, ${seconds} s`)
  return summary.failed.length === 0
}

const WIDTH = 40

/** A bar that fills, where somebody is looking. */
const showProgress = (done: number, all: number): void => {
  if (!process.stderr.isTTY) return
  const filled = Math.floor((done / all) * WIDTH)
  process.stderr.write(`\r${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)} ${done}/${all}${done === all ? '\n' : ''}`)
}

const passed =
  values.seed === '' ? await runMany(Number(values.first), Number(values.seeds)) : await runOne(Number(values.seed))
process.exitCode = passed ? 0 : 1
