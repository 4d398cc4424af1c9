import type { Contribution } from '../../application/statistics/figures.ts'

/** What a unit of work notes beside what it writes. */
export type Notes = {
  /** Told of each stream that got events. */
  readonly announce: (stream: string) => void
  /** Told how the figures of days change. */
  readonly count: (contributions: readonly Contribution[]) => void
}
