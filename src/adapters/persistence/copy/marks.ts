import type { Executor } from '../executor.ts'
import { COPIED, type CopiedTable, quoted } from './copied-tables.ts'

/** What shows cheaply that a table was written to: how many rows it has, and counters that rise with each change. */
type Mark = { readonly table: string; readonly rows: number; readonly counters: readonly number[] }

/** Of a row of these kinds each change counts one further. */
const COUNTERS = ['version', 'attempts', 'occurrences', 'retries', 'made', 'touched_at']

/** What of all tables tells two moments apart. Read within one snapshot it belongs to that. */
export const marksOf = async (on: Executor): Promise<readonly Mark[]> => {
  const marks: Mark[] = []
  for (const table of COPIED) marks.push(await markOf(on, table))
  return marks
}

/** How many rows there are in all. */
export const rowsOf = (marks: readonly Mark[]): number => marks.reduce((sum, { rows }) => sum + rows, 0)

const markOf = async (on: Executor, { name, columns }: CopiedTable): Promise<Mark> => {
  const counters = columns.filter((column) => COUNTERS.includes(column.name))
  // `+ 0.0`: SQLite refuses a sum of integers beyond 2^63, and what is lost of a sum of reals is a detail here.
  const sums = counters.map((column, index) => `, sum(${quoted(column.name)} + 0.0) as c${index}`).join('')
  const [row] = await on.rows(`select count(*) as n${sums} from ${quoted(name)}`, [])
  const found = row as Readonly<Record<string, unknown>> // As the statement is written.
  return { table: name, rows: Number(found['n']), counters: counters.map((_, index) => Number(found[`c${index}`])) }
}
