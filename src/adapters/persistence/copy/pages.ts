import type { Executor } from '../executor.ts'
import { fits } from '../statement.ts'
import { type CopiedRow, type CopiedTable, keyOf, nameOf, quoted } from './copied-tables.ts'

/** So many rows are in memory at once, on each side. */
export const PAGE_ROWS = 500

/** All rows in the order of their key, page by page. */
export async function* pagesOf(on: Executor, table: CopiedTable): AsyncGenerator<readonly CopiedRow[]> {
  let page = await rowsBetween(on, table, {})
  while (page.length > 0) {
    yield page
    const last = page.at(-1)
    page = page.length < PAGE_ROWS || last === undefined ? [] : await rowsBetween(on, table, { after: last })
  }
}

type Bounds = {
  /** Only rows behind this one. */
  readonly after?: CopiedRow | undefined
  /** Only rows up to this one. */
  readonly upTo?: CopiedRow | undefined
  readonly limit?: number
}

/** The first rows within the bounds, in the order of their key. */
export const rowsBetween = async (
  on: Executor,
  table: CopiedTable,
  { after, upTo, limit = PAGE_ROWS }: Bounds,
): Promise<readonly CopiedRow[]> => {
  const bounds = [
    ...(after === undefined ? [] : [bound(table.key, keyOf(table, after), '>', '>')]),
    ...(upTo === undefined ? [] : [bound(table.key, keyOf(table, upTo), '<', '<=')]),
  ]
  const where = bounds.length === 0 ? '' : ` where ${bounds.map(({ sql }) => sql).join(' and ')}`
  const columns = table.columns.map(({ name }) => quoted(name)).join(', ')
  const order = table.key.map(quoted).join(', ')
  const found = await on.rows(
    `select ${columns} from ${quoted(table.name)}${where} order by ${order} limit ${limit}`,
    bounds.flatMap(({ values }) => values),
  )
  return found.map((row) => checked(table, row))
}

type Bound = { readonly sql: string; readonly values: CopiedRow }

/** Comes before or behind a key. That of the first column alone lets both databases begin in the right place. */
export const bound = (key: readonly string[], values: CopiedRow, beyond: '<' | '>', last: '<=' | '>'): Bound => {
  const [first = '', ...others] = key.map(quoted)
  const [value = null, ...rest] = values
  if (others.length === 0) return { sql: `${first} ${last} ?`, values: [value] }
  const inner = bound(key.slice(1), rest, beyond, last)
  return {
    sql: `${first} ${beyond}= ? and (${first} ${beyond} ? or (${first} = ? and ${inner.sql}))`,
    values: [value, value, value, ...inner.values],
  }
}

/** A value that is not of its column's kind would arrive as another one. */
const checked = (table: CopiedTable, found: unknown): CopiedRow => {
  const row = found as Readonly<Record<string, unknown>> // Asked by name only; what comes back is checked.
  const values = table.columns.map(({ name, kind }) => {
    const value = row[name]
    if (fits(kind, value)) return value
    throw new TypeError(`${table.name}.${name} holds what is no ${kind}`)
  })
  return values
}

/** Puts rows in that are not there; a statement carries no more text than any server takes. */
export const insertRows = async (on: Executor, table: CopiedTable, rows: readonly CopiedRow[]): Promise<void> => {
  const columns = table.columns.map(({ name }) => quoted(name)).join(', ')
  const places = `(${table.columns.map(() => '?').join(', ')})`
  for (const some of portions(rows)) {
    const sql = `insert into ${quoted(table.name)} (${columns}) values ${some.map(() => places).join(', ')}`
    const inserted = await on.change(sql, some.flat())
    if (inserted !== some.length) throw new Error(`${nameOf(table, some[0] ?? [])} and what follows was not inserted`)
  }
}

const PORTION_CHARACTERS = 1_000_000

const portions = (rows: readonly CopiedRow[]): readonly (readonly CopiedRow[])[] => {
  const all: CopiedRow[][] = []
  let room = 0
  for (const row of rows) {
    const size = row.reduce<number>((sum, value) => sum + (typeof value === 'string' ? value.length : 8), 0)
    if (size > room) {
      all.push([])
      room = PORTION_CHARACTERS
    }
    all.at(-1)?.push(row)
    room -= size
  }
  return all
}
