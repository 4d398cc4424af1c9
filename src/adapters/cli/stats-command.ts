import { err, ok, type Result } from 'neverthrow'
import type { CountedDays, DaysToCount } from '../../application/statistics/count-days.ts'
import { numberOfDay, parseShanghaiDay } from '../../domain/shanghai-day.ts'
import { toJson } from './api.ts'
import { readOptions, type UsageError, usage } from './options.ts'
import type { ExitCode, Terminal } from './terminal.ts'

export type StatsCommand = { readonly name: 'stats rebuild'; readonly days: DaysToCount; readonly json: boolean }

const OPTIONS = { from: { type: 'string' }, to: { type: 'string' }, json: { type: 'boolean' } } as const

export const parseStats = (args: readonly string[]): Result<StatsCommand, UsageError> => {
  const [what = '', ...rest] = args
  if (what !== 'rebuild') return usage('stats rebuild')
  const read = readOptions('stats rebuild', rest, OPTIONS)
  if (read.isErr()) return err(read.error)
  const { from, to, json = false } = read.value.values
  const [first, last] = [dayOf(from), dayOf(to)]
  if (Number.isNaN(first) || Number.isNaN(last)) return usage('--from and --to are days of Shanghai, yyyy-MM-dd')
  if (first !== undefined && last !== undefined && first > last) return usage('--from is after --to')
  return ok({ name: 'stats rebuild', days: { first, last }, json })
}

/** Not a number where the text names no day. */
const dayOf = (text: string | undefined): number | undefined => {
  if (text === undefined) return undefined
  const day = parseShanghaiDay(text)
  return day === undefined ? Number.NaN : numberOfDay(day)
}

/** Counts these days anew, and tells of each when it is done. */
export type CountDays = (days: DaysToCount, onDay: (done: number, total: number) => void) => Promise<CountedDays>

/** Says on which days the figures had been wrong; they are right now, so that is no failure. */
export const runStats = async (count: CountDays, command: StatsCommand, terminal: Terminal): Promise<ExitCode> => {
  const progress = terminal.progress('stats')
  const { days, differed } = await count(command.days, progress.update).finally(progress.end)
  if (command.json) {
    terminal.print(toJson({ days, differed }))
    return 0
  }
  for (const day of differed) terminal.print(`${day}  was wrong, is right now 已更正`)
  terminal.print(`${days} days counted, ${differed.length} had differed 已重算 ${days} 天，更正 ${differed.length} 天`)
  return 0
}
