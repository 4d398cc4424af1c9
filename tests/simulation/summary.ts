import type { Fault } from './faults.ts'
import type { Outcome } from './simulation.ts'

/** What many seeds did together. */
export type Summary = {
  seeds: number
  steps: number
  commits: number
  promises: number
  readonly faults: Map<Fault, number>
  readonly crashPoints: Map<string, number>
  readonly edges: Map<string, number>
  readonly failed: Outcome[]
}

export const emptySummary = (): Summary => ({
  seeds: 0,
  steps: 0,
  commits: 0,
  promises: 0,
  faults: new Map(),
  crashPoints: new Map(),
  edges: new Map(),
  failed: [],
})

export const addOutcome = (summary: Summary, outcome: Outcome): void => {
  summary.seeds += 1
  summary.steps += outcome.steps
  summary.commits += outcome.commits
  summary.promises += outcome.promises
  addCounts(summary.faults, outcome.faults)
  addCounts(summary.crashPoints, outcome.crashPoints)
  addCounts(summary.edges, outcome.edges)
  if (outcome.violations.length > 0) summary.failed.push(outcome)
}

const addCounts = <K>(to: Map<K, number>, from: ReadonlyMap<K, number>): void => {
  for (const [key, count] of from) to.set(key, (to.get(key) ?? 0) + count)
}

/** All counts, each list by name. */
export const describeSummary = ({ seeds, steps, commits, promises, ...counts }: Summary): string =>
  [
    `${seeds} seeds, ${steps} steps, ${commits} commits checked, ${promises} promises kept`,
    `faults:       ${listed(counts.faults)}`,
    `crash points: ${listed(counts.crashPoints)}`,
    `edges:        ${listed(counts.edges)}`,
  ].join('\n')

const listed = (counts: ReadonlyMap<string, number>): string =>
  [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')

/** What to do about a seed that failed: the rule it broke, how it came to that, and how to see it again. */
export const describeFailure = ({ seed, violations, lastLines, faultsOn }: Outcome): string =>
  [
    `SIM_SEED=${seed}`,
    ...violations.slice(0, 5).map(({ invariant, detail }) => `  ${invariant}: ${detail}`),
    `  faults: ${faultsOn}`,
    '  at the end:',
    ...lastLines.slice(-25).map((line) => `    ${line}`),
    `  again, from the beginning: npm run sim -- --seed ${seed}`,
  ].join('\n')
