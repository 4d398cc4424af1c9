import type { Executor } from '../executor.ts'
import { type CopiedRow, type CopiedTable, keyOf, nameOf } from './copied-tables.ts'
import { insertRows, PAGE_ROWS, pagesOf, rowsBetween } from './pages.ts'
import { type Tally, Tallying } from './tally.ts'

type Walked = {
  /** What the source holds. */
  readonly tally: Tally
  readonly copied: number
  readonly differences: readonly string[]
}

type WalkOptions = {
  /** Rows that are missing in the target are put there; else they are a difference. */
  readonly insert: boolean
  readonly onRows: (rows: number) => void
}

/** More than these say nothing new. */
const MAX_DIFFERENCES = 20

/** Goes along a table of both sides in the order of its key; ends early where enough is wrong. */
export const walk = async (
  source: Executor,
  target: Executor,
  table: CopiedTable,
  { insert, onRows }: WalkOptions,
): Promise<Walked> => {
  const tallying = new Tallying(table)
  const differences: string[] = []
  let copied = 0
  let after: CopiedRow | undefined
  for await (const page of pagesOf(source, table)) {
    for (const row of page) tallying.add(row)
    const upTo = page.at(-1)
    // What is there beyond a page of ours is there too much, and a page of that is enough to say so.
    const there = await rowsBetween(target, table, { after, upTo, limit: 2 * PAGE_ROWS })
    const { missing, wrong } = compared(table, page, there)
    differences.push(...wrong)
    if (!insert) differences.push(...missing.map((row) => `${nameOf(table, row)}: only in the source`))
    else if (differences.length === 0) {
      await insertRows(target, table, missing)
      copied += missing.length
    }
    if (differences.length >= MAX_DIFFERENCES) return ended(tallying, copied, differences)
    after = upTo
    onRows(page.length)
  }
  const beyond = await rowsBetween(target, table, { after, limit: MAX_DIFFERENCES })
  differences.push(...beyond.map((row) => `${nameOf(table, row)}: only in the target`))
  return ended(tallying, copied, differences)
}

const ended = ({ tally }: Tallying, copied: number, differences: readonly string[]): Walked => ({
  tally,
  copied,
  differences: differences.slice(0, MAX_DIFFERENCES),
})

const compared = (
  table: CopiedTable,
  page: readonly CopiedRow[],
  there: readonly CopiedRow[],
): { readonly missing: readonly CopiedRow[]; readonly wrong: readonly string[] } => {
  const left = new Map(there.map((row) => [JSON.stringify(keyOf(table, row)), row]))
  const missing: CopiedRow[] = []
  const wrong: string[] = []
  for (const row of page) {
    const key = JSON.stringify(keyOf(table, row))
    const twin = left.get(key)
    left.delete(key)
    if (twin === undefined) missing.push(row)
    else wrong.push(...differing(table, row, twin))
  }
  wrong.push(...[...left.values()].map((row) => `${nameOf(table, row)}: only in the target`))
  return { missing, wrong }
}

/** The columns alone: what stands in them may be a secret. */
const differing = (table: CopiedTable, row: CopiedRow, twin: CopiedRow): readonly string[] => {
  const columns = table.columns.filter((_, index) => row[index] !== twin[index]).map(({ name }) => name)
  return columns.length === 0 ? [] : [`${nameOf(table, row)}: ${columns.join(', ')} differ`]
}
