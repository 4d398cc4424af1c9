import { FIGURES, figuresOf } from '../../application/statistics/figures.ts'

const FIGURE_KINDS = figuresOf(FIGURES, () => 'integer' as const)

/** What is counted by days, as part of the tables in `schema.ts`. */
export const STATISTICS_TABLES = {
  daily_stats: { day: 'integer', provider: 'text', shard: 'integer', ...FIGURE_KINDS },
  daily_stats_first_count: { id: 'text', next_day: 'integer?' },
} as const
